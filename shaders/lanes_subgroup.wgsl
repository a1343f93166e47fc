// How the lanes of a row come together: here they are one subgroup, and a workgroup is no more. Nothing promises how a
// larger workgroup is divided.
enable subgroups;

const LANES = 32u; // invocations of a row
const PACK = 1u; // rows of a workgroup
const SIZE = 32u; // invocations of a workgroup
fn sum_lanes(x: vec2f, local: u32) -> vec2f { return subgroupAdd(x); }
fn max_lanes(x: f32, local: u32) -> f32 { return subgroupMax(x); }
