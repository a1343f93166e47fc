// Gradients of causal attention with respect to keys and values.
//
// | binding | access | shape                                                |
// | Q       | read   | [batch, T, HEADS, D]                                 |
// | K, V    | read   | [batch, T, KV_HEADS, D], KV_HEADS divides HEADS      |
// | DOUT    | read   | [batch, T, HEADS, D]                                 |
// | LSE     | read   | [batch, HEADS, T] from the forward kernel            |
// | DELTA   | read   | [batch, HEADS, T] from attention_grad_q.wgsl         |
// | DK, DV  | write  | [batch, T, KV_HEADS, D]                              |
//
// A lane owns ROWS keys, LANES apart, and walks the queries that see them, in every head that shares these keys. No two
// lanes share a sum, so no atomics are needed.

// @region enable
// @end

const T = 8u;
const HEADS = 2u;
const KV_HEADS = 1u;
const D = 8u;
const WINDOW = T; // a query sees the last WINDOW keys, its own included
const SCALE: f32 = 1.0;
const LANES = 4u;
const ROWS = 1u;
const D4 = (D + 3u) / 4u;
// place: index of the vec4 that a lane keeps at i of its own vector. fetch: a vector for all lanes, in a lane's order.
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
fn place(i: u32, lane: u32) -> u32 { return i; }
fn fetch_q(vector: u32, lane: u32) -> array<vec4f, D4> {
  var all: array<vec4f, D4>;
  for (var i = 0u; i < D4; i++) {
    all[i] = load_q(vector, i);
  }
  return all;
}
fn fetch_dout(vector: u32, lane: u32) -> array<vec4f, D4> {
  var all: array<vec4f, D4>;
  for (var i = 0u; i < D4; i++) {
    all[i] = load_dout(vector, i);
  }
  return all;
}
// @end
@group(0) @binding(4) var<storage, read> LSE: array<f32>;
@group(0) @binding(5) var<storage, read> DELTA: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * LANES * ROWS;
  let last = min(first + LANES * ROWS, T) - 1u;
  let end = min(last + WINDOW, T); // queries from first to end see some of these keys
  let seen_to = min(first + WINDOW, end); // queries from last to seen_to see all of them

  var j: array<u32, ROWS>; // @registers
  var k: array<vec4f, ROWS * D4>; // @registers
  var v: array<vec4f, ROWS * D4>; // @registers
  var dk: array<vec4f, ROWS * D4>; // @registers
  var dv: array<vec4f, ROWS * D4>; // @registers
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    j[r] = min(first + lane + r * LANES, last);
    let row = (group.z * T + j[r]) * KV_HEADS + group.y;
    // @unroll
    for (var i = 0u; i < D4; i++) {
      k[r * D4 + i] = load_k(row, place(i, lane)) * SCALE;
      v[r * D4 + i] = load_v(row, place(i, lane));
    }
  }
  for (var head = group.y * (HEADS / KV_HEADS); head < (group.y + 1u) * (HEADS / KV_HEADS); head++) {
    let stats = (group.z * HEADS + head) * T;
    // Separate loops for masked and unmasked queries, as in attention.wgsl.
    var t = first;
    var ends: array<u32, 2>; // @registers
    ends[0] = last; // end of the masked loop, then of the unmasked one
    ends[1] = seen_to;
    loop {
      // @unroll
      for (var seen = 0u; seen < 2u; seen++) {
        for (; t < ends[seen]; t++) {
          let query = (group.z * T + t) * HEADS + head;
          var s: array<f32, ROWS>; // @registers
          var dp: array<f32, ROWS>; // @registers
          let q = fetch_q(query, lane);
          let g = fetch_dout(query, lane);
          // @unroll
          for (var r = 0u; r < ROWS; r++) {
            var sums = k[r * D4] * q[0];
            var sums_dp = v[r * D4] * g[0];
            // @unroll
            for (var i = 1u; i < D4; i++) {
              sums += k[r * D4 + i] * q[i];
              sums_dp += v[r * D4 + i] * g[i];
            }
            s[r] = sums.x + sums.y + sums.z + sums.w;
            dp[r] = sums_dp.x + sums_dp.y + sums_dp.z + sums_dp.w;
          }
          let lse = LSE[stats + t];
          let delta = DELTA[stats + t];
          // @unroll
          for (var r = 0u; r < ROWS; r++) {
            if (seen == 1u) {
              let p = exp(s[r] - lse);
              let ds = p * (dp[r] - delta);
              // @unroll
              for (var i = 0u; i < D4; i++) {
                dk[r * D4 + i] += ds * q[i];
                dv[r * D4 + i] += p * g[i];
              }
            } else {
              if (j[r] <= t && j[r] + WINDOW > t) {
                let p = exp(s[r] - lse);
                let ds = p * (dp[r] - delta);
                // @unroll
                for (var i = 0u; i < D4; i++) {
                  dk[r * D4 + i] += ds * q[i];
                  dv[r * D4 + i] += p * g[i];
                }
              }
            }
          }
        }
      }
      if (ends[0] == end) { break; }
      ends[0] = end;
    }
  }
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    if (first + lane + r * LANES < T) {
      let row = (group.z * T + j[r]) * KV_HEADS + group.y;
      // @unroll
      for (var i = 0u; i < D4; i++) {
        store_dk(row, place(i, lane), dk[r * D4 + i] * SCALE);
        store_dv(row, place(i, lane), dv[r * D4 + i]);
      }
    }
  }
}
