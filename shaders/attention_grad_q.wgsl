// Gradient of causal attention with respect to the queries, and rowsum(DOUT * OUT) for attention_grad_kv.wgsl.
//
// | binding   | access | shape                                               |
// | Q         | read   | [batch, T, HEADS, D]                                |
// | K, V      | read   | [batch, T, KV_HEADS, D], KV_HEADS divides HEADS     |
// | OUT, DOUT | read   | [batch, T, HEADS, D]                                |
// | LSE       | read   | [batch, HEADS, T] from the forward kernel           |
// | DQ        | write  | [batch, T, HEADS, D]                                |
// | DELTA     | write  | [batch, HEADS, T] sum over D of DOUT * OUT          |
//
// A lane owns ROWS queries, LANES apart; the walk over the keys is that of the forward kernel.

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
@group(0) @binding(3) var<storage, read> OUT: array<vec4f>;
@group(0) @binding(4) var<storage, read> DOUT: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> DQ: array<vec4f>;
fn load_q(vector: u32, i: u32) -> vec4f { return Q[vector * D4 + i]; }
fn load_k(vector: u32, i: u32) -> vec4f { return K[vector * D4 + i]; }
fn load_v(vector: u32, i: u32) -> vec4f { return V[vector * D4 + i]; }
fn load_out(vector: u32, i: u32) -> vec4f { return OUT[vector * D4 + i]; }
fn load_dout(vector: u32, i: u32) -> vec4f { return DOUT[vector * D4 + i]; }
fn store_dq(vector: u32, i: u32, value: vec4f) { DQ[vector * D4 + i] = value; }
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
@group(0) @binding(5) var<storage, read> LSE: array<f32>;
@group(0) @binding(7) var<storage, read_write> DELTA: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * LANES * ROWS;
  let last = min(first + LANES * ROWS, T) - 1u;
  let kv = group.z * T * KV_HEADS + group.y / (HEADS / KV_HEADS);
  let stats = (group.z * HEADS + group.y) * T;
  let seen_from = max(last + 1u, WINDOW) - WINDOW;

  var t: array<u32, ROWS>; // @registers
  var q: array<vec4f, ROWS * D4>; // @registers
  var g: array<vec4f, ROWS * D4>; // @registers
  var acc: array<vec4f, ROWS * D4>; // @registers
  var delta: array<f32, ROWS>; // @registers
  var lse: array<f32, ROWS>; // @registers
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    t[r] = min(first + lane + r * LANES, last);
    let row = (group.z * T + t[r]) * HEADS + group.y;
    lse[r] = LSE[stats + t[r]];
    // @unroll
    for (var i = 0u; i < D4; i++) {
      q[r * D4 + i] = load_q(row, place(i, lane)) * SCALE;
      g[r * D4 + i] = load_dout(row, place(i, lane));
      delta[r] += dot(g[r * D4 + i], load_out(row, place(i, lane)));
    }
  }
  // Separate loops for masked and unmasked keys, as in attention.wgsl.
  var j = max(first + 1u, WINDOW) - WINDOW;
  var ends: array<u32, 2>; // @registers
  ends[0] = min(seen_from, last + 1u); // end of the masked loop, then of the unmasked one
  ends[1] = first + 1u;
  loop {
    // @unroll
    for (var seen = 0u; seen < 2u; seen++) {
      for (; j < ends[seen]; j++) {
        let k = fetch_k(kv + j * KV_HEADS, lane);
        let v = fetch_v(kv + j * KV_HEADS, lane);
        var s: array<f32, ROWS>; // @registers
        var dp: array<f32, ROWS>; // @registers
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          var sums = q[r * D4] * k[0];
          var sums_dp = g[r * D4] * v[0];
          // @unroll
          for (var i = 1u; i < D4; i++) {
            sums += q[r * D4 + i] * k[i];
            sums_dp += g[r * D4 + i] * v[i];
          }
          s[r] = sums.x + sums.y + sums.z + sums.w;
          dp[r] = sums_dp.x + sums_dp.y + sums_dp.z + sums_dp.w;
        }
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          if (seen == 1u) {
            let ds = exp(s[r] - lse[r]) * (dp[r] - delta[r]);
            // @unroll
            for (var i = 0u; i < D4; i++) {
              acc[r * D4 + i] += ds * k[i];
            }
          } else {
            if (j <= t[r] && j + WINDOW > t[r]) {
              let ds = exp(s[r] - lse[r]) * (dp[r] - delta[r]);
              // @unroll
              for (var i = 0u; i < D4; i++) {
                acc[r * D4 + i] += ds * k[i];
              }
            }
          }
        }
      }
    }
    if (ends[0] > last) { break; }
    ends[0] = last + 1u;
  }
  // @unroll
  for (var r = 0u; r < ROWS; r++) {
    if (first + lane + r * LANES < T) {
      // @unroll
      for (var i = 0u; i < D4; i++) {
        store_dq((group.z * T + t[r]) * HEADS + group.y, place(i, lane), acc[r * D4 + i] * SCALE);
      }
      DELTA[stats + t[r]] = delta[r];
    }
  }
}
