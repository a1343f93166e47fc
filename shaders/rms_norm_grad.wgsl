// Gradient of RMSNorm: with r = 1 / sqrt(mean(x^2) + EPSILON) and g = dy * gain,
// dx = r (g - x r^2 mean(g x)). The gain's own gradient is a sum over rows of dy x r, another kernel.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, WIDTH] |
// | next    | gain | [WIDTH], only with a gain |
// | next    | dy   | [ROWS, WIDTH] |
// | next    | addend | [ROWS, WIDTH], only where asked for: added to dx |
// | next    | dx   | [ROWS, WIDTH] |
// | last    | r    | [ROWS], only with a gain |

// @region enable
// @end
// @region lanes
const LANES = 1u; // invocations of a row
const PACK = 64u; // rows of a workgroup
const SIZE = 64u; // invocations of a workgroup
fn sum_lanes(x: vec2f, local: u32) -> vec2f { return x; }
fn max_lanes(x: f32, local: u32) -> f32 { return x; }
// @end
// @region item
alias Item = f32; // what is read at once
const ITEM_WIDTH = 1u;
fn total(x: f32) -> f32 { return x; }
fn top(x: f32) -> f32 { return x; }
// @end
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;
const EPSILON = 0.000001;
// @region bindings
@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> gain: array<Item>;
@group(0) @binding(2) var<storage, read> dy: array<Item>;
@group(0) @binding(3) var<storage, read_write> dx: array<Item>;
@group(0) @binding(4) var<storage, read_write> r: array<f32>;
// @end

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = (group.y * groups.x + group.x) * PACK + local / LANES;
  let lane = local % LANES;
  // Lanes past the last row repeat it and keep silent: they must still meet the others in sum_lanes.
  let live = place < ROWS;
  let row = min(place, ROWS - 1u);
  let start = row * ITEMS;
  var squares = Item();
  var products = Item();
  for (var i = lane; i < ITEMS; i += LANES) {
    let v = x[start + i];
    squares += v * v;
    // @region product
    products += dy[start + i] * gain[i] * v;
    // @end
  }
  let sums = sum_lanes(vec2f(total(squares), total(products)), local) / f32(WIDTH);
  let scale = inverseSqrt(sums.x + EPSILON);
  let pull = sums.y * scale * scale;
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      // @region store
      dx[start + i] = (dy[start + i] * gain[i] - x[start + i] * pull) * scale;
      // @end
    }
    // @region scale
    if (lane == 0u) { r[row] = scale; }
    // @end
  }
}
