// Running sums along the middle axis, one invocation per line.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [OUTER, LENGTH, INNER] |
// | 1       | y    | [OUTER, LENGTH, INNER], y[l] = x[0] + ... + x[l] |

const SIZE = 64u; // invocations of a workgroup
const OUTER = 2u;
const LENGTH = 8u;
const INNER = 4u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = (group.y * groups.x + group.x) * SIZE + lane;
  if (line >= OUTER * INNER) { return; }
  var at = line / INNER * LENGTH * INNER + line % INNER;
  var sum = 0.0;
  for (var l = 0u; l < LENGTH; l++) {
    sum += x[at];
    y[at] = sum;
    at += INNER;
  }
}
