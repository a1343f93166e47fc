// Combines the values of the lanes of a row: here a row has one lane. Include it first in a file.

const LANES = 1u; // invocations per row
const PACK = 64u; // rows per workgroup
const SIZE = 64u; // invocations per workgroup
fn sum_lanes(x: vec2f, local: u32) -> vec2f { return x; }
fn max_lanes(x: f32, local: u32) -> f32 { return x; }
