// Causal attention in one pass over the keys: the output and the log-sum-exp of the scores, never the scores.
//
// | binding | access | shape                                              |
// | Q       | read   | [batch, T, HEADS, D]                               |
// | K, V    | read   | [batch, T, KV_HEADS, D], KV_HEADS divides HEADS    |
// | OUT     | write  | [batch, T, HEADS, D]                               |
// | LSE     | write  | [batch, HEADS, T] log-sum-exp of the scaled scores |
//
// A lane owns ROWS queries, LANES apart, with their running maxima, sums and outputs. Neighbouring queries walk the
// keys together; each lane of a subgroup loads a part of the key for all. Keys visible to all these queries are
// processed KEYS at a time without a mask, the others one by one; a masked key changes no bit of a lane's state.

// @region enable
// @end

const T = 8u;
const HEADS = 2u;
const KV_HEADS = 1u;
const D = 8u;
const WINDOW = T; // a query sees the last WINDOW keys, its own included
const SCALE: f32 = 1.0;
const LANES = 4u;
const D4 = (D + 3u) / 4u;
const KEYS = 2u;
const ROWS = 1u;

// place: index of the vec4 that a lane keeps at i of its own vector. fetch: a vector for all lanes, in a lane's order.
// @region tensors
@group(0) @binding(0) var<storage, read> Q: array<vec4f>;
@group(0) @binding(1) var<storage, read> K: array<vec4f>;
@group(0) @binding(2) var<storage, read> V: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> OUT: array<vec4f>;
fn load_q(vector: u32, i: u32) -> vec4f { return Q[vector * D4 + i]; }
fn load_k(vector: u32, i: u32) -> vec4f { return K[vector * D4 + i]; }
fn load_v(vector: u32, i: u32) -> vec4f { return V[vector * D4 + i]; }
fn store_out(vector: u32, i: u32, value: vec4f) { OUT[vector * D4 + i] = value; }
fn place(i: u32, lane: u32) -> u32 { return i; }
fn fetch_k(vector: u32, lane: u32) -> array<vec4f, D4> {
  var all: array<vec4f, D4>;
  for (var i = 0u; i < D4; i++) {
    all[i] = load_k(vector, i);
  }
  return all;
}
fn fetch_v(vector: u32, lane: u32) -> array<vec4f, D4> {
  var all: array<vec4f, D4>;
  for (var i = 0u; i < D4; i++) {
    all[i] = load_v(vector, i);
  }
  return all;
}
// @end
@group(0) @binding(4) var<storage, read_write> LSE: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * LANES * ROWS;
  let last = min(first + LANES * ROWS, T) - 1u;
  let kv = group.z * T * KV_HEADS + group.y / (HEADS / KV_HEADS);
  // Keys from seen_from to first are visible to every lane.
  let seen_from = max(last + 1u, WINDOW) - WINDOW;

  var t: array<u32, ROWS>; // @registers
  var q: array<vec4f, ROWS * D4>; // @registers
  var acc: array<vec4f, ROWS * D4>; // @registers
  var most: array<f32, ROWS>; // @registers
  var sum: array<f32, ROWS>; // @registers
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    t[r] = min(first + lane + r * LANES, last);
    most[r] = -3.4028234663852886e38f;
    // @unroll
    for (var i = 0u; i < D4; i++) {
      q[r * D4 + i] = load_q((group.z * T + t[r]) * HEADS + group.y, place(i, lane)) * SCALE;
    }
  }
  // First the keys that a window hides from some lanes, then those visible to all, then those later than some queries.
  // Two loops, because SwiftShader copies a value once more if it lives across an `if` inside a loop.
  var j = max(first + 1u, WINDOW) - WINDOW;
  var masked_to = min(seen_from, last + 1u);
  loop {
    for (; j < masked_to; j++) {
      let k = fetch_k(kv + j * KV_HEADS, lane);
      let v = fetch_v(kv + j * KV_HEADS, lane);
      var s: array<f32, ROWS>; // @registers
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        var sums = q[r * D4] * k[0];
        // @unroll
        for (var i = 1u; i < D4; i++) {
          sums += q[r * D4 + i] * k[i];
        }
        s[r] = sums.x + sums.y + sums.z + sums.w;
      }
      // `if`, not select: SwiftShader's optimiser needs a minute for many selects.
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        if (j <= t[r] && j + WINDOW > t[r]) {
          let top = max(most[r], s[r]);
          let shrink = exp(most[r] - top);
          let p = exp(s[r] - top);
          sum[r] = sum[r] * shrink + p;
          most[r] = top;
          // @unroll
          for (var i = 0u; i < D4; i++) {
            acc[r * D4 + i] = acc[r * D4 + i] * shrink + p * v[i];
          }
        }
      }
    }
    for (; j + KEYS <= first + 1u; j += KEYS) {
      var s: array<f32, ROWS * KEYS>; // @registers
      // @unroll
      for (var u = 0u; u < KEYS; u++) {
        let k = fetch_k(kv + (j + u) * KV_HEADS, lane);
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          var sums = q[r * D4] * k[0];
          // @unroll
          for (var i = 1u; i < D4; i++) {
            sums += q[r * D4 + i] * k[i];
          }
          s[r * KEYS + u] = sums.x + sums.y + sums.z + sums.w;
        }
      }
      // Scores become exponentials relative to the new maximum.
      var shrinks: array<f32, ROWS>; // @registers
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        var top = most[r];
        // @unroll
        for (var u = 0u; u < KEYS; u++) {
          top = max(top, s[r * KEYS + u]);
        }
        shrinks[r] = exp(most[r] - top);
        most[r] = top;
        sum[r] *= shrinks[r];
        // @unroll
        for (var u = 0u; u < KEYS; u++) {
          s[r * KEYS + u] = exp(s[r * KEYS + u] - top);
          sum[r] += s[r * KEYS + u];
        }
      }
      var values: array<vec4f, KEYS * D4>; // @registers
      // @unroll
      for (var u = 0u; u < KEYS; u++) {
        let fetched = fetch_v(kv + (j + u) * KV_HEADS, lane);
        // @unroll
        for (var i = 0u; i < D4; i++) {
          values[u * D4 + i] = fetched[i];
        }
      }
      // @unroll
      for (var i = 0u; i < D4; i++) {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          var value = acc[r * D4 + i] * shrinks[r];
          // @unroll
          for (var u = 0u; u < KEYS; u++) {
            value += s[r * KEYS + u] * values[u * D4 + i];
          }
          acc[r * D4 + i] = value;
        }
      }
    }
    if (masked_to > last) { break; }
    masked_to = last + 1u;
  }
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    if (first + lane + r * LANES < T) {
      let scale = 1.0f / sum[r];
      // @unroll
      for (var i = 0u; i < D4; i++) {
        store_out((group.z * T + t[r]) * HEADS + group.y, place(i, lane), acc[r * D4 + i] * scale);
      }
      LSE[(group.z * HEADS + group.y) * T + t[r]] = most[r] + log(sum[r]);
    }
  }
}
