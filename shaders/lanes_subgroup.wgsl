// Combines the values of the lanes of a row: here they form one subgroup, which is the whole workgroup, because WebGPU
// does not specify how a larger workgroup is divided into subgroups.
enable subgroups;

const LANES = 32u; // invocations per row
const PACK = 1u; // rows per workgroup
const SIZE = 32u; // invocations per workgroup
fn sum_lanes(x: vec2f, local: u32) -> vec2f { return subgroupAdd(x); }
fn max_lanes(x: f32, local: u32) -> f32 { return subgroupMax(x); }
