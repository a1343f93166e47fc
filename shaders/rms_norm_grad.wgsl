// Gradient of RMSNorm: with r = 1 / sqrt(mean(x^2) + EPSILON) and g = dy * gain,
// dx = r (g - x r^2 mean(g x)). The gradient of the gain is the sum over rows of dy x r: lanes process BLOCK rows one
// after another and add this sum on the way; another kernel adds the PARTS partial sums.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, WIDTH] |
// | next    | gain | [WIDTH], only with a gain |
// | next    | dy   | [ROWS, WIDTH] |
// | next    | addend | [ROWS, WIDTH], optional: added to dx |
// | next    | dx   | [ROWS, WIDTH] |
// | last    | parts | [PARTS, WIDTH], only with a gain: sums over BLOCK rows |

// @include lanes
// @include item
const ROWS = 8u;
const WIDTH = 32u;
const ITEMS = WIDTH / ITEM_WIDTH;
const EPSILON = 0.000001;
const BLOCK = 2u; // rows
const PARTS = (ROWS + BLOCK - 1u) / BLOCK;
const OWN = (ITEMS + LANES - 1u) / LANES; // items of a row per lane
const GAIN = true;
const ADDEND = true;
const KEEP = true; // whether a lane keeps its sums in registers; only with a gain
@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> gain: array<Item>; // @if GAIN
@group(0) @binding(2) var<storage, read> dy: array<Item>;
@group(0) @binding(3) var<storage, read> addend: array<Item>; // @if ADDEND
@group(0) @binding(4) var<storage, read_write> dx: array<Item>;
@group(0) @binding(5) var<storage, read_write> parts: array<Item>; // @if GAIN

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = (group.y * groups.x + group.x) * PACK + local / LANES;
  let lane = local % LANES;
  var sums: array<Item, OWN>; // @registers
  for (var step = 0u; step < BLOCK; step++) {
    let place = part * BLOCK + step;
    // Lanes past the last row repeat it without writing: every lane must call sum_lanes.
    let live = place < ROWS;
    let row = min(place, ROWS - 1u);
    let start = row * ITEMS;
    var squares = Item();
    var products = Item();
    for (var i = lane; i < ITEMS; i += LANES) {
      let v = x[start + i];
      squares += v * v;
      products += dy[start + i] * gain[i] * v; // @if GAIN
      products += dy[start + i] * v; // @if !GAIN
    }
    let means = sum_lanes(vec2f(total(squares), total(products)), local) / f32(WIDTH);
    let scale = inverseSqrt(means.x + EPSILON);
    let pull = means.y * scale * scale;
    if (KEEP) {
      // @unroll
      for (var k = 0u; k < OWN; k++) {
        let i = k * LANES + lane;
        if (live && i < ITEMS) {
          let g = dy[start + i] * gain[i];
          dx[start + i] = (g - x[start + i] * pull) * scale + addend[start + i]; // @if ADDEND
          dx[start + i] = (g - x[start + i] * pull) * scale; // @if !ADDEND
          sums[k] += dy[start + i] * x[start + i] * scale;
        }
      }
    } else if (live) {
      for (var i = lane; i < ITEMS; i += LANES) {
        let g = dy[start + i] * gain[i]; // @if GAIN
        let g = dy[start + i]; // @if !GAIN
        dx[start + i] = (g - x[start + i] * pull) * scale + addend[start + i]; // @if ADDEND
        dx[start + i] = (g - x[start + i] * pull) * scale; // @if !ADDEND
        if (GAIN) {
          let sum = dy[start + i] * x[start + i] * scale;
          if (step == 0u) { parts[part * ITEMS + i] = sum; } else { parts[part * ITEMS + i] += sum; }
        }
      }
    }
  }
  if (KEEP) {
    // @unroll
    for (var k = 0u; k < OWN; k++) {
      let i = k * LANES + lane;
      if (part < PARTS && i < ITEMS) { parts[part * ITEMS + i] = sums[k]; }
    }
  }
}
