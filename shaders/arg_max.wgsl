// The index of the largest element along the middle axis; the first index if several elements are largest.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [LINES / INNER, LENGTH, INNER] |
// | 1       | y    | [LINES / INNER, INNER] u32 |

// @include lanes
const LINES = 8u;
const LENGTH = 8u; // at most 2^24 where lanes share a line
const INNER = 4u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = (group.y * groups.x + group.x) * PACK + local / LANES;
  let lane = local % LANES;
  // Lanes past the last line repeat it without writing: every lane must call max_lanes.
  let live = place < LINES;
  let line = min(place, LINES - 1u);
  let start = line / INNER * LENGTH * INNER + line % INNER;
  // Every lane starts with an element of the line: an invented start value could win over -Infinity.
  var index = min(lane, LENGTH - 1u);
  var best = x[start + index * INNER];
  for (var l = lane + LANES; l < LENGTH; l += LANES) {
    let value = x[start + l * INNER];
    if (value > best) {
      best = value;
      index = l;
    }
  }
  if (LANES > 1u) {
    let largest = max_lanes(best, local);
    // The lowest index among the lanes that have the largest element.
    let first = -max_lanes(-select(f32(LENGTH), f32(index), best == largest), local);
    index = min(u32(first), LENGTH - 1u);
  }
  if (live && lane == 0u) { y[line] = index; }
}
