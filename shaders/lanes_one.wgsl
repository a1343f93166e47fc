// How the lanes of a row come together: here a row has one lane, and nothing is shared. Include it first in a file.

const LANES = 1u; // invocations of a row
const PACK = 64u; // rows of a workgroup
const SIZE = 64u; // invocations of a workgroup
fn sum_lanes(x: vec2f, local: u32) -> vec2f { return x; }
fn max_lanes(x: f32, local: u32) -> f32 { return x; }
