// Gradient of LayerNorm: with h = (x - mean) / deviation and g = dy * gain,
// dx = (g - mean(g) - h mean(g h)) / deviation. Other kernels sum the gradients of gain and bias over rows.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, WIDTH] |
// | 1       | gain | [WIDTH] |
// | 2       | dy   | [ROWS, WIDTH] |
// | 3       | dx   | [ROWS, WIDTH] |
// | 4       | h    | [ROWS, WIDTH], scratch for the gradient of the gain |

// @include lanes
// @include item
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;
const EPSILON = 0.00001;
@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> gain: array<Item>;
@group(0) @binding(2) var<storage, read> dy: array<Item>;
@group(0) @binding(3) var<storage, read_write> dx: array<Item>;
@group(0) @binding(4) var<storage, read_write> h: array<Item>;

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
  var squares = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    let v = x[start + i] - mean;
    squares += v * v;
  }
  let scale = inverseSqrt(sum_lanes(vec2f(total(squares), 0.0), local).x / f32(WIDTH) + EPSILON);
  var plain = Item();
  var products = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    let g = dy[start + i] * gain[i];
    plain += g;
    products += g * ((x[start + i] - mean) * scale);
  }
  let means = sum_lanes(vec2f(total(plain), total(products)), local) / f32(WIDTH);
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      let unit = (x[start + i] - mean) * scale;
      h[start + i] = unit;
      dx[start + i] = (dy[start + i] * gain[i] - means.x - unit * means.y) * scale;
    }
  }
}
