// Gradients of causal attention with respect to keys and values.
//
// | binding | access | shape                                                |
// | Q       | read   | [batch, T, HEADS, D]                                 |
// | K, V    | read   | [batch, T, KV_HEADS, D], KV_HEADS divides HEADS      |
// | DOUT    | read   | [batch, T, HEADS, D]                                 |
// | LSE     | read   | [batch, HEADS, T] from the forward kernel            |
// | DELTA   | read   | [batch, HEADS, T] from the queries' gradient kernel  |
// | DK, DV  | write  | [batch, T, KV_HEADS, D]                              |
//
// A lane owns one key and walks the queries that see it, of every head that shares it: no sum is shared, so nothing
// is atomic.

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
@group(0) @binding(3) var<storage, read> DOUT: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> DK: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> DV: array<vec4f>;
fn load_q(vector: u32, i: u32) -> vec4f { return Q[vector * D4 + i]; }
fn load_k(vector: u32, i: u32) -> vec4f { return K[vector * D4 + i]; }
fn load_v(vector: u32, i: u32) -> vec4f { return V[vector * D4 + i]; }
fn load_dout(vector: u32, i: u32) -> vec4f { return DOUT[vector * D4 + i]; }
fn store_dk(vector: u32, i: u32, value: vec4f) { DK[vector * D4 + i] = value; }
fn store_dv(vector: u32, i: u32, value: vec4f) { DV[vector * D4 + i] = value; }
// @end
@group(0) @binding(4) var<storage, read> LSE: array<f32>;
@group(0) @binding(5) var<storage, read> DELTA: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * LANES;
  let last = min(first + LANES, T) - 1u;
  let j = min(first + lane, last);
  let row = (group.z * T + j) * KV_HEADS + group.y;
  let end = min(last + WINDOW, T); // queries from first to end see some of the keys

  var k: array<vec4f, D4>; // @registers
  var v: array<vec4f, D4>; // @registers
  var dk: array<vec4f, D4>; // @registers
  var dv: array<vec4f, D4>; // @registers
  // @unroll
  for (var i = 0u; i < D4; i++) {
    k[i] = load_k(row, place(i, lane)) * SCALE;
    v[i] = load_v(row, place(i, lane));
  }
  for (var head = group.y * (HEADS / KV_HEADS); head < (group.y + 1u) * (HEADS / KV_HEADS); head++) {
    let stat = (group.z * HEADS + head) * T;
    for (var t = first; t < end; t++) {
      let query = (group.z * T + t) * HEADS + head;
      var s = 0.0f;
      var dp = 0.0f;
      var q: array<vec4f, D4>; // @registers
      var g: array<vec4f, D4>; // @registers
      if (SUBGROUP) {
        var part: array<vec4f, CHUNKS>; // @registers
        var part_g: array<vec4f, CHUNKS>; // @registers
        // @unroll
        for (var c = 0u; c < CHUNKS; c++) {
          part[c] = load_q(query, min(c * LANES + lane, D4 - 1u));
          part_g[c] = load_dout(query, min(c * LANES + lane, D4 - 1u));
        }
        // @unroll
        for (var i = 0u; i < D4; i++) {
          q[i] = share(part[i / LANES], i % LANES);
          g[i] = share(part_g[i / LANES], i % LANES);
          s += dot(k[i], q[i]);
          dp += dot(v[i], g[i]);
        }
      } else {
        // @unroll
        for (var i = 0u; i < D4; i++) {
          q[i] = load_q(query, i);
          g[i] = load_dout(query, i);
          s += dot(k[i], q[i]);
          dp += dot(v[i], g[i]);
        }
      }
      let p = exp(s - LSE[stat + t]);
      let ds = p * (dp - DELTA[stat + t]);
      if (t >= last && t < first + WINDOW) {
        // @unroll
        for (var i = 0u; i < D4; i++) {
          dk[i] += ds * q[i];
          dv[i] += p * g[i];
        }
      } else {
        let seen = j <= t && j + WINDOW > t;
        // @unroll
        for (var i = 0u; i < D4; i++) {
          dk[i] = select(dk[i], dk[i] + ds * q[i], seen);
          dv[i] = select(dv[i], dv[i] + p * g[i], seen);
        }
      }
    }
  }
  if (first + lane < T) {
    // @unroll
    for (var i = 0u; i < D4; i++) {
      store_dk(row, place(i, lane), dk[i] * SCALE);
      store_dv(row, place(i, lane), dv[i]);
    }
  }
}
