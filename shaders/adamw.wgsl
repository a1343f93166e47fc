// One AdamW step (Loshchilov and Hutter, 1711.05101) over parameters that are adjacent in memory.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | p    | [count] parameters |
// | 1       | g    | [count] gradients |
// | 2       | m    | [count] running mean of g |
// | 3       | v    | [count] running mean of g^2 |
// | next    | scale | [1], optional: multiplies g |
// | last    | numbers | lr, 1 - beta1, 1 - beta2, epsilon; weight decay, 1 / (1 - beta1^t), 1 / (1 - beta2^t) |

const SIZE = 64u; // invocations of a workgroup
const SCALED = true;
const FOUR = true; // whether four elements are taken at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read_write> p: array<Item>;
@group(0) @binding(1) var<storage, read> g: array<Item>;
@group(0) @binding(2) var<storage, read_write> m: array<Item>;
@group(0) @binding(3) var<storage, read_write> v: array<Item>;
@group(0) @binding(4) var<storage, read> scale: array<f32>; // @if SCALED
@group(0) @binding(5) var<uniform> numbers: array<vec4f, 2>;

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
  // The host computes 1 - beta and rounds it once: 1 - 0.999 in f32 would be wrong in its fifth digit.
  let old_mean = m[i];
  let old_square = v[i];
  let mean = old_mean + (gradient - old_mean) * numbers[0].y;
  let square = old_square + (gradient * gradient - old_square) * numbers[0].z;
  m[i] = mean;
  v[i] = square;
  let step = mean * numbers[1].y / (sqrt(square * numbers[1].z) + numbers[0].w);
  let parameter = p[i];
  p[i] = parameter - numbers[0].x * (step + numbers[1].x * parameter);
}
