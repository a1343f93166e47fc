// Gradient of the cross-entropy with respect to the logits, from the log-sum-exp of the forward kernel.
//
// | binding | access     | shape                                                          |
// | Z       | read_write | [rows, V] logits; if IN_PLACE, overwritten by the gradient      |
// | T       | read       | [rows] u32 targets; a row with a target of V or more gets zeros |
// | LSE     | read       | [rows] log-sum-exp of the softcapped logits                     |
// | D       | write      | [rows, V] gradient, unless in place                             |

const V = 8u;
const ROWS = 4u;
const LANES = 4u;
const UP_NUMBER = true; // the gradient of a row's loss is numbers[0],
const UP_ROW = false; // or one element per row; else one element for all rows
const IN_PLACE = false; // whether the gradient overwrites the logits
const CAPPED = false;
const SOFTCAP: f32 = 1.0; // logits are SOFTCAP * tanh(z / SOFTCAP) if CAPPED

@group(0) @binding(0) var<storage, read_write> Z: array<f32>; // @if IN_PLACE
@group(0) @binding(0) var<storage, read> Z: array<f32>; // @if !IN_PLACE
@group(0) @binding(1) var<storage, read> T: array<u32>;
@group(0) @binding(2) var<storage, read> LSE: array<f32>;
@group(0) @binding(3) var<storage, read_write> D: array<f32>; // @if !IN_PLACE
@group(0) @binding(4) var<uniform> numbers: array<vec4f, 1>; // @if UP_NUMBER
@group(0) @binding(4) var<storage, read> UP: array<f32>; // @if !UP_NUMBER
// The gradient of the row's loss.
fn scale(row: u32) -> f32 {
  return numbers[0].x; // @if UP_NUMBER
  return UP[row]; // @if !UP_NUMBER && UP_ROW
  return UP[0]; // @if !UP_NUMBER && !UP_ROW
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * 32768u + group.x;
  if (row >= ROWS) {
    return;
  }
  let t = T[row];
  let lse = LSE[row];
  let up = select(0.0f, scale(row), t < V);
  for (var i = lane; i < V; i += LANES) {
    var y = Z[row * V + i];
    if (CAPPED) {
      y = SOFTCAP * tanh(clamp(y / SOFTCAP, -15.0f, 15.0f));
    }
    var gradient = up * (exp(y - lse) - select(0.0f, 1.0f, i == t));
    if (CAPPED) {
      gradient *= 1.0f - (y / SOFTCAP) * (y / SOFTCAP);
    }
    Z[row * V + i] = gradient; // @if IN_PLACE
    D[row * V + i] = gradient; // @if !IN_PLACE
  }
}
