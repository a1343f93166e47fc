// Sets every element to one value.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | y    | [count] |
// | 1       | numbers | the value in x |

const SIZE = 64u; // invocations of a workgroup

const FOUR = true; // whether four elements are written at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read_write> y: array<Item>;
@group(0) @binding(1) var<uniform> numbers: array<vec4f, 1>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= arrayLength(&y)) { return; }
  y[i] = Item(numbers[0].x);
}
