// Causal attention in one pass over the keys: the output and the log-sum-exp of the scores, never the scores.
//
// | binding | access | shape                                              |
// | Q       | read   | [batch, T, HEADS, D]                               |
// | K, V    | read   | [batch, T, KV_HEADS, D], KV_HEADS divides HEADS    |
// | OUT     | write  | [batch, T, HEADS, D]                               |
// | LSE     | write  | [batch, HEADS, T] log-sum-exp of the scaled scores |
//
// A lane owns one query, its running maximum, sum and output; LANES neighbouring queries walk the keys together,
// each lane of a SUBGROUP loading a part of the key for all. Keys that all of them see are taken KEYS at a time
// without a mask; the others one by one, where a masked key leaves every bit of a lane's state as it was.

// @region enable
enable subgroups;
// @end

const T = 8u;
const HEADS = 2u;
const KV_HEADS = 1u;
const D = 8u;
const WINDOW = T; // a query sees the last WINDOW keys, its own included
const SCALE: f32 = 1.0;
const LANES = 4u;
const SUBGROUP = true;
const D4 = (D + 3u) / 4u;
const CHUNKS = (D4 + LANES - 1u) / LANES;

// Which vec4 of a head vector a lane keeps at i, and how it gets that of a shared vector: lane l loads vec4 l, l + LANES.
// @region share
fn place(i: u32, lane: u32) -> u32 { return i; }
fn share(part: vec4f, source: u32) -> vec4f { return subgroupShuffle(part, source); }
// @end

const KEYS = 2u;

// @region tensors
@group(0) @binding(0) var<storage, read> Q: array<vec4f>;
@group(0) @binding(1) var<storage, read> K: array<vec4f>;
@group(0) @binding(2) var<storage, read> V: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> OUT: array<vec4f>;
fn load_q(vector: u32, i: u32) -> vec4f { return Q[vector * D4 + i]; }
fn load_k(vector: u32, i: u32) -> vec4f { return K[vector * D4 + i]; }
fn load_v(vector: u32, i: u32) -> vec4f { return V[vector * D4 + i]; }
fn store_out(vector: u32, i: u32, value: vec4f) { OUT[vector * D4 + i] = value; }
// @end
@group(0) @binding(4) var<storage, read_write> LSE: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * LANES;
  let last = min(first + LANES, T) - 1u;
  let t = min(first + lane, last);
  let row = (group.z * T + t) * HEADS + group.y;
  let kv = group.z * T * KV_HEADS + group.y / (HEADS / KV_HEADS);
  // Keys from seen_from to first are seen by every lane.
  let seen_from = max(last + 1u, WINDOW) - WINDOW;

  var q: array<vec4f, D4>; // @registers
  var acc: array<vec4f, D4>; // @registers
  // @unroll
  for (var i = 0u; i < D4; i++) {
    q[i] = load_q(row, place(i, lane)) * SCALE;
  }
  var most = -3.4028234663852886e38f;
  var sum = 0.0f;
  var j = max(first + 1u, WINDOW) - WINDOW;
  while (j <= last) {
    if (j >= seen_from && j + KEYS - 1u <= first) {
      var s: array<f32, KEYS>; // @registers
      var part: array<vec4f, KEYS * CHUNKS>; // @registers
      // @unroll
      for (var u = 0u; u < KEYS; u++) {
        let key = kv + (j + u) * KV_HEADS;
        s[u] = 0.0f; // SwiftShader zeroes a variable only the first time round the loop
        if (SUBGROUP) {
          // @unroll
          for (var c = 0u; c < CHUNKS; c++) {
            part[c] = load_k(key, min(c * LANES + lane, D4 - 1u));
          }
          // @unroll
          for (var i = 0u; i < D4; i++) {
            s[u] += dot(q[i], share(part[i / LANES], i % LANES));
          }
        } else {
          // @unroll
          for (var i = 0u; i < D4; i++) {
            s[u] += dot(q[i], load_k(key, i));
          }
        }
      }
      var top = most;
      // @unroll
      for (var u = 0u; u < KEYS; u++) {
        top = max(top, s[u]);
      }
      let shrink = exp(most - top);
      most = top;
      sum *= shrink;
      // @unroll
      for (var u = 0u; u < KEYS; u++) {
        s[u] = exp(s[u] - top);
        sum += s[u];
        if (SUBGROUP) {
          // @unroll
          for (var c = 0u; c < CHUNKS; c++) {
            part[u * CHUNKS + c] = load_v(kv + (j + u) * KV_HEADS, min(c * LANES + lane, D4 - 1u));
          }
        }
      }
      // @unroll
      for (var i = 0u; i < D4; i++) {
        var value = acc[i] * shrink;
        // @unroll
        for (var u = 0u; u < KEYS; u++) {
          if (SUBGROUP) {
            value += s[u] * share(part[u * CHUNKS + i / LANES], i % LANES);
          } else {
            value += s[u] * load_v(kv + (j + u) * KV_HEADS, i);
          }
        }
        acc[i] = value;
      }
      j += KEYS;
    } else {
      let sees = j <= t && j + WINDOW > t;
      let key = kv + j * KV_HEADS;
      var s = 0.0f;
      var part: array<vec4f, CHUNKS>; // @registers
      if (SUBGROUP) {
        // @unroll
        for (var c = 0u; c < CHUNKS; c++) {
          part[c] = load_k(key, min(c * LANES + lane, D4 - 1u));
        }
        // @unroll
        for (var i = 0u; i < D4; i++) {
          s += dot(q[i], share(part[i / LANES], i % LANES));
        }
        // @unroll
        for (var c = 0u; c < CHUNKS; c++) {
          part[c] = load_v(key, min(c * LANES + lane, D4 - 1u));
        }
      } else {
        // @unroll
        for (var i = 0u; i < D4; i++) {
          s += dot(q[i], load_k(key, i));
        }
      }
      let top = select(most, max(most, s), sees);
      let shrink = exp(most - top);
      let p = exp(s - top);
      sum = select(sum, sum * shrink + p, sees);
      most = top;
      // @unroll
      for (var i = 0u; i < D4; i++) {
        if (SUBGROUP) {
          let v = share(part[i / LANES], i % LANES);
          acc[i] = select(acc[i], acc[i] * shrink + p * v, sees);
        } else {
          acc[i] = select(acc[i], acc[i] * shrink + p * load_v(key, i), sees);
        }
      }
      j += 1u;
    }
  }
  if (first + lane < T) {
    let scale = 1.0f / sum;
    // @unroll
    for (var i = 0u; i < D4; i++) {
      store_out(row, place(i, lane), acc[i] * scale);
    }
    LSE[(group.z * HEADS + group.y) * T + t] = most + log(sum);
  }
}
