// How the lanes of a row come together: here through workgroup memory, halving what is left of a row in each round.

const LANES = 64u; // invocations of a row, a power of two
const PACK = 1u; // rows of a workgroup
const SIZE = 64u; // invocations of a workgroup
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
