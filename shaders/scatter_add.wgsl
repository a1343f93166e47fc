// The gradient of gather: y[o, l, i] is the sum of x[o, j, i] over all j whose index[o, j, i] is l, in the order of j.
//
// | binding | name  | contents |
// |---------|-------|----------|
// | 0       | x     | [OUTER, COUNT, INNER] |
// | 1       | index | [OUTER, COUNT, INNER] u32; one past the axis counts as its last element |
// | 2       | y     | [OUTER, LENGTH, INNER] |

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
  let l = i / INNER % LENGTH;
  var at = i / (LENGTH * INNER) * COUNT * INNER + i % INNER;
  var sum = 0.0;
  for (var j = 0u; j < COUNT; j++) {
    if (min(index[at], LENGTH - 1u) == l) { sum += x[at]; }
    at += INNER;
  }
  y[i] = sum;
}
