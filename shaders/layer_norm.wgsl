// LayerNorm of rows: y = (x - mean) / sqrt(variance + EPSILON) * gain + bias (Ba et al., 1607.06450).
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, WIDTH] |
// | 1       | gain | [WIDTH] |
// | 2       | bias | [WIDTH] |
// | 3       | y    | [ROWS, WIDTH] |

// @include lanes
// @include item
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;
const EPSILON = 0.00001;
@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> gain: array<Item>;
@group(0) @binding(2) var<storage, read> bias: array<Item>;
@group(0) @binding(3) var<storage, read_write> y: array<Item>;

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
  var sum = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    sum += x[start + i];
  }
  let mean = sum_lanes(vec2f(total(sum), 0.0), local).x / f32(WIDTH);
  // A second pass over the row: the one-pass formula loses digits by cancellation if the mean is large.
  var squares = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    let v = x[start + i] - mean;
    squares += v * v;
  }
  let scale = inverseSqrt(sum_lanes(vec2f(total(squares), 0.0), local).x / f32(WIDTH) + EPSILON);
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      y[start + i] = (x[start + i] - mean) * scale * gain[i] + bias[i];
    }
  }
}
