// Gradient of causal attention with respect to the queries, and rowsum(dOUT * OUT) for the keys' kernel.
//
// | binding   | access | shape                                               |
// | Q         | read   | [batch, T, HEADS, D]                                |
// | K, V      | read   | [batch, T, KV_HEADS, D], KV_HEADS divides HEADS     |
// | OUT, DOUT | read   | [batch, T, HEADS, D]                                |
// | LSE       | read   | [batch, HEADS, T] from the forward kernel           |
// | DQ        | write  | [batch, T, HEADS, D]                                |
// | DELTA     | write  | [batch, HEADS, T] sum over D of DOUT * OUT          |
//
// A lane owns one query; the walk over the keys is the forward kernel's.

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

// @region tensors
@group(0) @binding(0) var<storage, read> Q: array<vec4f>;
@group(0) @binding(1) var<storage, read> K: array<vec4f>;
@group(0) @binding(2) var<storage, read> V: array<vec4f>;
@group(0) @binding(3) var<storage, read> OUT: array<vec4f>;
@group(0) @binding(4) var<storage, read> DOUT: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> DQ: array<vec4f>;
fn load_q(vector: u32, i: u32) -> vec4f { return Q[vector * D4 + i]; }
fn load_k(vector: u32, i: u32) -> vec4f { return K[vector * D4 + i]; }
fn load_v(vector: u32, i: u32) -> vec4f { return V[vector * D4 + i]; }
fn load_out(vector: u32, i: u32) -> vec4f { return OUT[vector * D4 + i]; }
fn load_dout(vector: u32, i: u32) -> vec4f { return DOUT[vector * D4 + i]; }
fn store_dq(vector: u32, i: u32, value: vec4f) { DQ[vector * D4 + i] = value; }
// @end
@group(0) @binding(5) var<storage, read> LSE: array<f32>;
@group(0) @binding(7) var<storage, read_write> DELTA: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * LANES;
  let last = min(first + LANES, T) - 1u;
  let t = min(first + lane, last);
  let row = (group.z * T + t) * HEADS + group.y;
  let kv = group.z * T * KV_HEADS + group.y / (HEADS / KV_HEADS);
  let seen_from = max(last + 1u, WINDOW) - WINDOW;

  var q: array<vec4f, D4>; // @registers
  var g: array<vec4f, D4>; // @registers
  var acc: array<vec4f, D4>; // @registers
  var delta = 0.0f;
  // @unroll
  for (var i = 0u; i < D4; i++) {
    q[i] = load_q(row, place(i, lane)) * SCALE;
    g[i] = load_dout(row, place(i, lane));
    delta += dot(g[i], load_out(row, place(i, lane)));
  }
  let stat = (group.z * HEADS + group.y) * T + t;
  let lse = LSE[stat];
  for (var j = max(first + 1u, WINDOW) - WINDOW; j <= last; j++) {
    let key = kv + j * KV_HEADS;
    var s = 0.0f;
    var dp = 0.0f;
    var k: array<vec4f, D4>; // @registers
    if (SUBGROUP) {
      var part: array<vec4f, CHUNKS>; // @registers
      var part_v: array<vec4f, CHUNKS>; // @registers
      // @unroll
      for (var c = 0u; c < CHUNKS; c++) {
        part[c] = load_k(key, min(c * LANES + lane, D4 - 1u));
        part_v[c] = load_v(key, min(c * LANES + lane, D4 - 1u));
      }
      // @unroll
      for (var i = 0u; i < D4; i++) {
        k[i] = share(part[i / LANES], i % LANES);
        s += dot(q[i], k[i]);
        dp += dot(g[i], share(part_v[i / LANES], i % LANES));
      }
    } else {
      // @unroll
      for (var i = 0u; i < D4; i++) {
        k[i] = load_k(key, i);
        s += dot(q[i], k[i]);
        dp += dot(g[i], load_v(key, i));
      }
    }
    let ds = exp(s - lse) * (dp - delta);
    if (j >= seen_from && j <= first) {
      // @unroll
      for (var i = 0u; i < D4; i++) {
        acc[i] += ds * k[i];
      }
    } else {
      let sees = j <= t && j + WINDOW > t;
      // @unroll
      for (var i = 0u; i < D4; i++) {
        acc[i] = select(acc[i], acc[i] + ds * k[i], sees);
      }
    }
  }
  if (first + lane < T) {
    // @unroll
    for (var i = 0u; i < D4; i++) {
      store_dq(row, place(i, lane), acc[i] * SCALE);
    }
    DELTA[stat] = delta;
  }
}
