// Moves elements along an axis and fills with zeros: y[o, l, i] = x[o, l - BY, i], or x[o, l + BY, i] if not FORWARD.
// Elements are 32-bit words, so that one kernel serves u32 tokens and f32.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [outer, LENGTH, INNER] |
// | 1       | y    | [outer, LENGTH, INNER] |

const SIZE = 64u; // invocations of a workgroup
const COUNT = 64u; // elements
const LENGTH = 8u;
const INNER = 2u;
const BY = 1u;
const FORWARD = true; // towards the end of the axis

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= COUNT) { return; }
  let l = i / INNER % LENGTH;
  var value = 0u;
  if (FORWARD) {
    if (l >= BY) { value = x[i - BY * INNER]; }
  } else {
    if (l + BY < LENGTH) { value = x[i + BY * INNER]; }
  }
  y[i] = value;
}
