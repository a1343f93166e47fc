// Loss and log-sum-exp of each row of logits; with GRADIENT the logits become their gradient in the same kernel.
//
// | binding | access     | shape                                                               |
// | Z       | read_write | [rows, V] logits, with GRADIENT overwritten by dlogits              |
// | T       | read       | [rows] u32 targets; a row with a target of V or more has loss 0      |
// | LOSS    | write      | [rows] nats                                                         |
// | LSE     | write      | [rows] log-sum-exp of the softcapped logits                         |
//
// A row belongs to one subgroup (SUBGROUP, no barrier), to one lane (LANES = 1), or to a workgroup of LANES.
// Only lane l reads and writes the columns l, l + LANES, ..., so there are no races.

enable subgroups; // @if SUBGROUP

const V = 8u;
const ROWS = 4u;
const LANES = 4u;
const ROWS_PER_GROUP = 1u; // more than one only if LANES is 1
const SUBGROUP = true;
const UNROLL = 2u;
const GRADIENT = false;
const UP_NUMBER = true; // the gradient of a row's loss is numbers[0],
const UP_ROW = false; // or one element per row; else one element for all rows
const CAPPED = false;
const SOFTCAP: f32 = 1.0; // logits are SOFTCAP * tanh(z / SOFTCAP) if CAPPED
const MAIN = V / (LANES * UNROLL) * (LANES * UNROLL);
const LOWEST = -3.4028234663852886e38f;

@group(0) @binding(0) var<storage, read_write> Z: array<f32>; // @if GRADIENT
@group(0) @binding(0) var<storage, read> Z: array<f32>; // @if !GRADIENT
@group(0) @binding(1) var<storage, read> T: array<u32>;
@group(0) @binding(2) var<storage, read_write> LOSS: array<f32>;
@group(0) @binding(3) var<storage, read_write> LSE: array<f32>;
@group(0) @binding(4) var<uniform> numbers: array<vec4f, 1>; // @if GRADIENT && UP_NUMBER
@group(0) @binding(4) var<storage, read> UP: array<f32>; // @if GRADIENT && !UP_NUMBER
// The gradient of the row's loss.
fn scale(row: u32) -> f32 {
  return numbers[0].x; // @if GRADIENT && UP_NUMBER
  return UP[row]; // @if GRADIENT && !UP_NUMBER && UP_ROW
  return UP[0]; // @if GRADIENT && !UP_NUMBER && !UP_ROW
  return 0.0; // @if !GRADIENT
}

var<workgroup> shared_max: array<f32, LANES>;
var<workgroup> shared_sum: array<f32, LANES>;

fn capped(z: f32) -> f32 {
  if (CAPPED) {
    return SOFTCAP * tanh(clamp(z / SOFTCAP, -15.0f, 15.0f));
  } else {
    return z;
  }
}

// The gradient with respect to z, from the gradient with respect to its softcapped value y.
fn uncapped(gradient: f32, y: f32) -> f32 {
  if (CAPPED) {
    return gradient * (1.0f - (y / SOFTCAP) * (y / SOFTCAP));
  } else {
    return gradient;
  }
}

@compute @workgroup_size(LANES * ROWS_PER_GROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let first = (group.y * 32768u + group.x) * ROWS_PER_GROUP;
  if (first >= ROWS) {
    return;
  }
  var row = first;
  if (ROWS_PER_GROUP > 1u) {
    row += index;
    if (row >= ROWS) {
      return;
    }
  }
  let at = row * V;
  let t = T[row];
  let counts = t < V;
  var target_logit = 0.0f;
  if (counts && t % LANES == lane) {
    target_logit = capped(Z[at + t]);
  }

  // Running maximum, and the sum of exponentials relative to it.
  var most = LOWEST;
  var sum = 0.0f;
  for (var i = lane; i < MAIN; i += LANES * UNROLL) {
    var z: array<f32, UNROLL>; // @registers
    var top = most;
    // @unroll
    for (var u = 0u; u < UNROLL; u++) {
      z[u] = capped(Z[at + i + u * LANES]);
      top = max(top, z[u]);
    }
    sum *= exp(most - top);
    // @unroll
    for (var u = 0u; u < UNROLL; u++) {
      sum += exp(z[u] - top);
    }
    most = top;
  }
  for (var i = MAIN + lane; i < V; i += LANES) {
    let z = capped(Z[at + i]);
    let top = max(most, z);
    sum = sum * exp(most - top) + exp(z - top);
    most = top;
  }

  var row_most = most;
  var row_sum = sum;
  if (LANES > 1u) {
    if (SUBGROUP) {
      row_most = subgroupMax(most);
      row_sum = subgroupAdd(sum * exp(most - row_most));
    } else {
      shared_max[lane] = most;
      shared_sum[lane] = sum;
      workgroupBarrier();
      for (var width = LANES / 2u; width > 0u; width /= 2u) {
        if (lane < width) {
          let a = shared_max[lane];
          let b = shared_max[lane + width];
          let top = max(a, b);
          shared_sum[lane] = shared_sum[lane] * exp(a - top) + shared_sum[lane + width] * exp(b - top);
          shared_max[lane] = top;
        }
        workgroupBarrier();
      }
      row_most = shared_max[0];
      row_sum = shared_sum[0];
    }
  }

  if (t % LANES == lane) {
    // Not lse - target: the two large numbers must be subtracted before the small logarithm is added.
    LSE[row] = row_most + log(row_sum);
    LOSS[row] = select(0.0f, (row_most - target_logit) + log(row_sum), counts);
  }
  if (GRADIENT) {
    let up = select(0.0f, scale(row), counts);
    let share = up / row_sum;
    for (var i = lane; i < MAIN; i += LANES * UNROLL) {
      // @unroll
      for (var u = 0u; u < UNROLL; u++) {
        let y = capped(Z[at + i + u * LANES]);
        Z[at + i + u * LANES] = uncapped(exp(y - row_most) * share - select(0.0f, up, i + u * LANES == t), y);
      }
    }
    for (var i = MAIN + lane; i < V; i += LANES) {
      let y = capped(Z[at + i]);
      Z[at + i] = uncapped(exp(y - row_most) * share - select(0.0f, up, i == t), y);
    }
  }
}
