// Elements along an axis by index, as torch.gather: y[o, j, i] = x[o, index[o, j, i], i].
//
// | binding | name  | contents |
// |---------|-------|----------|
// | 0       | x     | [OUTER, LENGTH, INNER] |
// | 1       | index | [OUTER, COUNT, INNER] u32; an index past the axis reads its last element |
// | 2       | y     | [OUTER, COUNT, INNER] |

const SIZE = 64u; // invocations of a workgroup
const LENGTH = 8u;
const COUNT = 4u;
const INNER = 2u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= arrayLength(&y)) { return; }
  let o = i / (COUNT * INNER);
  y[i] = x[(o * LENGTH + min(index[i], LENGTH - 1u)) * INNER + i % INNER];
}
