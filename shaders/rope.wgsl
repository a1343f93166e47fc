// Rotary position embedding (Su et al., 2104.09864) of x [B, T, HEADS, D], pairs (i, i + D/2) as in nanochat:
// y_i = x_i cos + x_j sin, y_j = x_j cos - x_i sin. With NORM the head is also divided by its root mean square:
// a rotation keeps lengths, so the order does not matter.
//
// | binding | name  | contents |
// |---------|-------|----------|
// | 0       | x     | [B, T, HEADS, D] |
// | 1       | table | [2, T, D/2], the cosines, then the sines |
// | 2       | y     | [B, T, HEADS, D] |

// @include lanes
// @include item
const ROWS = 8u; // B * T * HEADS
const T = 4u;
const HEADS = 2u;
const HALF = 8u; // half of a head's width D
const ITEMS = HALF / ITEM_WIDTH;
const NORM = false;
const EPSILON = 0.000001;
@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> table: array<Item>;
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
  let start = row * ITEMS * 2u;
  let angle = row / HEADS % T * ITEMS;
  var scale = 1.0;
  if (NORM) {
    var squares = Item();
    for (var i = lane; i < ITEMS; i += LANES) {
      let a = x[start + i];
      let b = x[start + ITEMS + i];
      squares += a * a + b * b;
    }
    scale = inverseSqrt(sum_lanes(vec2f(total(squares), 0.0), local).x / f32(2u * HALF) + EPSILON);
  }
  if (live) {
    for (var i = lane; i < ITEMS; i += LANES) {
      let a = x[start + i] * scale;
      let b = x[start + ITEMS + i] * scale;
      let c = table[angle + i];
      let s = table[T * ITEMS + angle + i];
      y[start + i] = a * c + b * s;
      y[start + ITEMS + i] = b * c - a * s;
    }
  }
}
