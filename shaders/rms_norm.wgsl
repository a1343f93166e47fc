// RMSNorm of rows: y = x / sqrt(mean(x^2) + EPSILON), times a gain (Zhang and Sennrich, 1910.07467).
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, WIDTH] |
// | 1       | gain | [WIDTH], only with a gain |
// | last    | y    | [ROWS, WIDTH] |

// @include lanes
// @include item
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;
const GAIN = true;
const EPSILON = 0.000001;
@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> gain: array<Item>; // @if GAIN
@group(0) @binding(2) var<storage, read_write> y: array<Item>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = (group.y * groups.x + group.x) * PACK + local / LANES;
  let lane = local % LANES;
  // Lanes past the last row repeat it without writing: every lane must call sum_lanes.
  let live = place < ROWS;
  let row = min(place, ROWS - 1u);
  let start = row * ITEMS;
  var squares = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    let v = x[start + i];
    squares += v * v;
  }
  let mean = sum_lanes(vec2f(total(squares), 0.0), local).x / f32(WIDTH);
  let scale = inverseSqrt(mean + EPSILON);
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      y[start + i] = x[start + i] * scale * gain[i]; // @if GAIN
      y[start + i] = x[start + i] * scale; // @if !GAIN
    }
  }
}
