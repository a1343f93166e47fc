// Log of the sum of exponentials of rows: y = max + log(sum(exp(x - max))).
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, WIDTH] |
// | 1       | y    | [ROWS] |

// @include lanes
// @include item
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;

@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

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
  var largest = Item(-3.4e38);
  for (var i = lane; i < ITEMS; i += LANES) {
    largest = max(largest, x[start + i]);
  }
  let peak = max_lanes(top(largest), local);
  var sum = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    sum += exp(x[start + i] - peak);
  }
  let whole = sum_lanes(vec2f(total(sum), 0.0), local).x;
  if (live && lane == 0u) { y[row] = peak + log(whole); }
}
