// Gradient of rope.wgsl: rotates dy back and, with NORM, applies the gradient of RMSNorm.
//
// | binding | name  | contents |
// |---------|-------|----------|
// | 0       | x     | [B, T, HEADS, D], only with NORM |
// | next    | dy    | [B, T, HEADS, D] |
// | next    | table | [2, T, D/2], the cosines, then the sines |
// | last    | dx    | [B, T, HEADS, D] |

// @include lanes
// @include item
const ROWS = 8u; // B * T * HEADS
const T = 4u;
const HEADS = 2u;
const HALF = 8u; // half of a head's width D
const ITEMS = HALF / ITEM_WIDTH;
const NORM = false;
const EPSILON = 0.000001;
@group(0) @binding(0) var<storage, read> x: array<Item>; // @if NORM
@group(0) @binding(1) var<storage, read> dy: array<Item>;
@group(0) @binding(2) var<storage, read> table: array<Item>;
@group(0) @binding(3) var<storage, read_write> dx: array<Item>;

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
  let start = row * ITEMS * 2u;
  let angle = row / HEADS % T * ITEMS;
  var scale = 1.0;
  var pull = 0.0;
  if (NORM) {
    var squares = Item();
    var products = Item();
    for (var i = lane; i < ITEMS; i += LANES) {
      let a = x[start + i];
      let b = x[start + ITEMS + i];
      let c = table[angle + i];
      let s = table[T * ITEMS + angle + i];
      let p = dy[start + i];
      let q = dy[start + ITEMS + i];
      squares += a * a + b * b;
      products += a * (p * c - q * s) + b * (p * s + q * c);
    }
    let sums = sum_lanes(vec2f(total(squares), total(products)), local) / f32(2u * HALF);
    scale = inverseSqrt(sums.x + EPSILON);
    pull = sums.y * scale * scale;
  }
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      let c = table[angle + i];
      let s = table[T * ITEMS + angle + i];
      let p = dy[start + i];
      let q = dy[start + ITEMS + i];
      var a = p * c - q * s;
      var b = p * s + q * c;
      if (NORM) {
        a = (a - x[start + i] * pull) * scale;
        b = (b - x[start + ITEMS + i] * pull) * scale;
      }
      dx[start + i] = a;
      dx[start + ITEMS + i] = b;
    }
  }
}
