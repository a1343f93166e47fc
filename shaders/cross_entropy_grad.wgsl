// Gradient of the cross-entropy with respect to the logits, from the log-sum-exp the forward kernel kept.
//
// | binding | access     | shape                                                          |
// | Z       | read_write | [rows, V] logits; the gradient goes here too if IN_PLACE        |
// | T       | read       | [rows] u32 targets; a row with a target of V or more gets zeros |
// | LSE     | read       | [rows] log-sum-exp of the softcapped logits                     |
// | D       | write      | [rows, V] gradient, unless in place                             |

const V = 8u;
const ROWS = 4u;
const LANES = 4u;
const CAPPED = false;
const SOFTCAP: f32 = 1.0; // logits are SOFTCAP * tanh(z / SOFTCAP) if CAPPED

// @region bindings
@group(0) @binding(0) var<storage, read> Z: array<f32>;
@group(0) @binding(1) var<storage, read> T: array<u32>;
@group(0) @binding(2) var<storage, read> LSE: array<f32>;
@group(0) @binding(3) var<storage, read_write> D: array<f32>;
fn store(i: u32, value: f32) { D[i] = value; }
// @end
// @region scale
fn scale(row: u32) -> f32 { return 1.0; } // the gradient of the row's loss
// @end

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
    store(row * V + i, gradient);
  }
}
