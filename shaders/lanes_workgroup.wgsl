// Combines the values of the lanes of a row: here in workgroup memory, halving the number of values in each round.

const LANES = 64u; // invocations per row, a power of two
const PACK = 1u; // rows per workgroup
const SIZE = 64u; // invocations per workgroup
var<workgroup> partial: array<vec2f, SIZE>;
fn sum_lanes(x: vec2f, local: u32) -> vec2f {
  workgroupBarrier();
  partial[local] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    if (local % LANES < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  return partial[local / LANES * LANES];
}
fn max_lanes(x: f32, local: u32) -> f32 {
  workgroupBarrier();
  partial[local].x = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    if (local % LANES < half) { partial[local].x = max(partial[local].x, partial[local + half].x); }
    workgroupBarrier();
  }
  return partial[local / LANES * LANES].x;
}
