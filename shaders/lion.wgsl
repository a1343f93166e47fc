// One Lion step (Chen et al., 2302.06675): p moves by the sign of a mean, then the mean is updated.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | p    | [count] parameters |
// | 1       | g    | [count] gradients |
// | 2       | m    | [count] running mean of g |
// | next    | scale | [1], optional: multiplies g |
// | last    | numbers | lr, 1 - beta1, 1 - beta2, weight decay |

const SIZE = 64u; // invocations of a workgroup
const SCALED = true;
const FOUR = true; // whether four elements are taken at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read_write> p: array<Item>;
@group(0) @binding(1) var<storage, read> g: array<Item>;
@group(0) @binding(2) var<storage, read_write> m: array<Item>;
@group(0) @binding(3) var<storage, read> scale: array<f32>; // @if SCALED
@group(0) @binding(4) var<uniform> numbers: array<vec4f, 1>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= arrayLength(&p)) { return; }
  let gradient = g[i] * scale[0]; // @if SCALED
  let gradient = g[i]; // @if !SCALED
  let mean = m[i];
  let away = gradient - mean;
  let step = sign(mean + away * numbers[0].y);
  m[i] = mean + away * numbers[0].z;
  let parameter = p[i];
  p[i] = parameter - numbers[0].x * (step + numbers[0].w * parameter);
}
