// Gradient of softmax from its output: dx = y (dy - sum(dy y)).
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | y    | [ROWS, WIDTH] |
// | 1       | dy   | [ROWS, WIDTH] |
// | 2       | dx   | [ROWS, WIDTH] |

// @include lanes
// @include item
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;

@group(0) @binding(0) var<storage, read> y: array<Item>;
@group(0) @binding(1) var<storage, read> dy: array<Item>;
@group(0) @binding(2) var<storage, read_write> dx: array<Item>;

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
  var products = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    products += y[start + i] * dy[start + i];
  }
  let sum = sum_lanes(vec2f(total(products), 0.0), local).x;
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      dx[start + i] = y[start + i] * (dy[start + i] - sum);
    }
  }
}
