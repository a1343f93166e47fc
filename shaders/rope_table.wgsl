// Cosines and sines of the angles t * base^(-2i/D) for rope.wgsl.
//
// | binding | name  | contents |
// |---------|-------|----------|
// | 0       | table | [2, T, HALF], the cosines, then the sines |

const SIZE = 64u; // invocations of a workgroup
const T = 4u;
const HALF = 2u;

// Turns per step of t, as a sum of three parts. The first two have 12 bits, so their product with t < 4,096 is exact
// and whole turns are dropped before any rounding: a plain f32 angle of 1,000 radians is off by 3e-5.
const TURNS = array<vec3f, HALF>(vec3f(0.15915494, 0.0, 0.0), vec3f(0.0015915494, 0.0, 0.0));

@group(0) @binding(0) var<storage, read_write> table: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = (group.y * groups.x + group.x) * SIZE + lane;
  if (place >= T * HALF) { return; }
  let t = f32(place / HALF);
  let turns = TURNS[place % HALF] * t;
  let part = turns - round(turns);
  // Cephes sinf and cosf on the nearest quarter turn: WGSL's sin and cos may be off by 2^-11.
  let quarter = round((part.x + part.y + part.z) * 4.0);
  let r = (((part.x - quarter * 0.25) + part.y) + part.z) * 6.283185307179586;
  let z = r * r;
  let s = r + r * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - z * 1.9515295891e-4));
  let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  let q = bitcast<u32>(i32(quarter)) % 4u;
  let swap = q % 2u == 1u;
  table[place] = select(1.0, -1.0, q == 1u || q == 2u) * select(c, s, swap);
  table[T * HALF + place] = select(1.0, -1.0, q >= 2u) * select(s, c, swap);
}
