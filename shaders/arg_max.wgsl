// The index of the largest element along the middle axis, the first one where several are; one invocation a line.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [LINES / INNER, LENGTH, INNER] |
// | 1       | y    | [LINES / INNER, INNER] u32 |

const SIZE = 64u; // invocations of a workgroup
const LINES = 8u;
const LENGTH = 8u;
const INNER = 4u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = (group.y * groups.x + group.x) * SIZE + lane;
  if (line >= LINES) { return; }
  var at = line / INNER * LENGTH * INNER + line % INNER;
  var best = x[at];
  var index = 0u;
  for (var l = 1u; l < LENGTH; l++) {
    at += INNER;
    if (x[at] > best) {
      best = x[at];
      index = l;
    }
  }
  y[line] = index;
}
