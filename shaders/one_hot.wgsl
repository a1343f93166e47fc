// One-hot rows: y[r, d] = 1 where d is tokens[r], else 0. A token at or past DEPTH gives a row of zeros.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | tokens | [rows] u32 |
// | 1       | y      | [rows, DEPTH] |

const SIZE = 64u; // invocations of a workgroup
const COUNT = 64u; // elements of y
const DEPTH = 8u;

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= COUNT) { return; }
  y[i] = select(0.0, 1.0, tokens[i / DEPTH] == i % DEPTH);
}
