// Counts elements that differ: the tuner's check of a kernel variant before it may choose it.
//
// | binding | name     | contents |
// |---------|----------|----------|
// | 0       | got      | [count] |
// | 1       | expected | [count] |
// | 2       | wrong    | [counters] number of wrong elements so far |
// | 3       | numbers  | x: tolerance, relative to 1 + abs(expected); y: index of the counter |

const SIZE = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> got: array<f32>;
@group(0) @binding(1) var<storage, read> expected: array<f32>;
@group(0) @binding(2) var<storage, read_write> wrong: array<atomic<u32>>;
@group(0) @binding(3) var<uniform> numbers: array<vec4f, 1>;

// Tests the bits: a compiler may assume that NaN does not occur.
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= arrayLength(&got)) { return; }
  let a = got[i];
  let b = expected[i];
  if (bitcast<u32>(a) == bitcast<u32>(b) || (is_nan(a) && is_nan(b))) { return; }
  let close = !is_nan(a) && !is_nan(b) && abs(a - b) <= numbers[0].x * (1.0 + abs(b));
  if (!close) { atomicAdd(&wrong[u32(numbers[0].y)], 1u); }
}
