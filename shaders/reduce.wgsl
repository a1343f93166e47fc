// Sums, maxima or minima of an expression of the inputs, along the middle axis of [OUTER, LENGTH, INNER].
// The axis may be cut into CHUNKS parts with one result each; a second dispatch reduces these results.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0 ..    | in0, in1, ... | broadcast against [OUTER, LENGTH, INNER] |
// | next    | y    | [OUTER, CHUNKS, INNER] |
// | last    | numbers | run-time numbers of the expressions |

// @include lanes
// @include item
const OUTER = 2u;
const LENGTH = 8u; // in items if INNER is 1
const INNER = 4u; // in items
const CHUNKS = 1u;
const CHUNK = 8u; // length of a chunk, a part of LENGTH
const RESULTS = OUTER * CHUNKS * INNER;

const SUM = true;
const MAX = false; // else the minimum
const START = 0.0; // the neutral element
const ALONG = false; // whether INNER is 1: then lanes share a result
const PLACED = false; // whether results start at PLACES
const PLACES = array<u32, OUTER>(0u, 4u); // @if PLACED
// @region bindings
@group(0) @binding(0) var<storage, read_write> y: array<Item>;
// @end
// @region declarations
// @end

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = (group.y * groups.x + group.x) * PACK + local / LANES;
  let lane = local % LANES;
  // Lanes past the last result repeat it without writing: every lane must call sum_lanes or max_lanes.
  let live = place < RESULTS;
  let result = min(place, RESULTS - 1u);
  let i = result % INNER;
  let c = result / INNER % CHUNKS;
  let o = result / (INNER * CHUNKS);
  var sum = Item(START);
  let end = min(LENGTH, c * CHUNK + CHUNK);
  for (var l = c * CHUNK + lane; l < end; l += LANES) {
    let value = Item(); // @generated element
    sum = sum + value; // @if SUM
    sum = max(sum, value); // @if MAX
    sum = min(sum, value); // @if !SUM && !MAX
  }
  let whole = sum_lanes(vec2f(total(sum), 0.0), local).x; // @if ALONG && SUM
  let whole = max_lanes(top(sum), local); // @if ALONG && MAX
  let whole = -max_lanes(top(-sum), local); // @if ALONG && !SUM && !MAX
  let whole = sum; // @if !ALONG
  let finished = whole; // @generated finish
  if (live && lane == 0u) { y[PLACES[o] + i] = finished; } // @if PLACED
  if (live && lane == 0u) { y[result] = finished; } // @if !PLACED
}
