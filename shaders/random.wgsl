// Counter-based random numbers: element i of seed s is always the same value, in any order of the lanes.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | y    | [count] uniform in [0, 1) with 24 bits, or standard normal |
// | 1       | numbers | x: the seed; its 32 bits are the key |

const SIZE = 64u; // invocations of a workgroup
const NORMAL = false;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> numbers: array<vec4f, 1>;

// The 64-bit product of two 32-bit words: x is its low half, y its high half.
fn wide_product(a: u32, b: u32) -> vec2u {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let low = al * bl;
  let middle = ah * bl + (low >> 16u);
  let other = al * bh + (middle & 0xffffu);
  return vec2u((other << 16u) | (low & 0xffffu), ah * bh + (middle >> 16u) + (other >> 16u));
}

// Philox 4x32 with ten rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011).
fn philox(counter: u32, seed: u32) -> vec4u {
  var c = vec4u(counter, 0u, 0u, 0u);
  var k = vec2u(seed, 0u);
  for (var round = 0u; round < 10u; round++) {
    let a = wide_product(0xd2511f53u, c.x);
    let b = wide_product(0xcd9e8d57u, c.z);
    c = vec4u(b.y ^ c.y ^ k.x, b.x, a.y ^ c.w ^ k.y, a.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  let count = arrayLength(&y);
  if (i * 4u >= count) { return; }
  let bits = philox(i, bitcast<u32>(numbers[0].x));
  var values = vec4f(bits >> vec4u(8u)) * 0x1p-24f;
  if (NORMAL) {
    // Box and Muller: a radius and an angle give two values. The logarithm of a draw from (0, 1] is finite.
    let radius = sqrt(-2.0 * log(vec2f(1.0) - values.xz));
    let angle = values.yw * 6.283185307179586;
    values = vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
  }
  y[i * 4u] = values.x;
  if (i * 4u + 1u < count) { y[i * 4u + 1u] = values.y; }
  if (i * 4u + 2u < count) { y[i * 4u + 2u] = values.z; }
  if (i * 4u + 3u < count) { y[i * 4u + 3u] = values.w; }
}
