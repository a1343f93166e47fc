// The gradient of gather: y[o, l, i] is the sum of x[o, j, i] over all j whose index[o, j, i] is l. Each result reads
// the index of every j, so that no atomics are needed and sums repeat bit by bit.
//
// | binding | name  | contents |
// |---------|-------|----------|
// | 0       | x     | [OUTER, COUNT, INNER] |
// | 1       | index | [OUTER, COUNT, INNER] u32; an index past the axis counts as its last element |
// | 2       | y     | [OUTER, LENGTH, INNER] |

// @include lanes
const RESULTS = 16u;
const LENGTH = 8u;
const COUNT = 4u;
const INNER = 2u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = (group.y * groups.x + group.x) * PACK + local / LANES;
  let lane = local % LANES;
  // Lanes past the last result repeat it without writing: every lane must call sum_lanes.
  let live = place < RESULTS;
  let result = min(place, RESULTS - 1u);
  let l = result / INNER % LENGTH;
  let start = result / (LENGTH * INNER) * COUNT * INNER + result % INNER;
  var sum = 0.0;
  for (var j = lane; j < COUNT; j += LANES) {
    let at = start + j * INNER;
    if (min(index[at], LENGTH - 1u) == l) { sum += x[at]; }
  }
  let whole = sum_lanes(vec2f(sum, 0.0), local).x;
  if (live && lane == 0u) { y[result] = whole; }
}
