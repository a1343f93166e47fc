// Converts numbers to another element type. To u32: the fraction is cut off, negative numbers become 0.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [COUNT] of From |
// | 1       | y    | [COUNT] of To |

const SIZE = 64u; // invocations of a workgroup
const COUNT = 64u;
const TO_U32 = false;
alias From = f32; // @if TO_U32
alias To = u32; // @if TO_U32
alias From = u32; // @if !TO_U32
alias To = f32; // @if !TO_U32

@group(0) @binding(0) var<storage, read> x: array<From>;
@group(0) @binding(1) var<storage, read_write> y: array<To>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= COUNT) { return; }
  y[i] = To(x[i]);
}
