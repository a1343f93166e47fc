// Sums, maxima or minima along the middle axis of [OUTER, LENGTH, INNER], of an expression of the inputs.
// The axis may be cut into CHUNKS parts that give a result each; a second dispatch reduces those.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0 ..    | in0, in1, ... | broadcast against [OUTER, LENGTH, INNER] |
// | next    | y    | [OUTER, CHUNKS, INNER] |
// | last    | numbers | run-time numbers of the expressions |

// @region enable
// @end
// @region lanes
const LANES = 1u; // invocations of a result
const PACK = 64u; // results of a workgroup
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
const OUTER = 2u;
const LENGTH = 8u; // in items where INNER is 1
const INNER = 4u; // in items
const CHUNKS = 1u;
const CHUNK = 8u; // of LENGTH
const RESULTS = OUTER * CHUNKS * INNER;

// @region bindings
@group(0) @binding(0) var<storage, read> in0: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
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
  // Lanes past the last result repeat it and keep silent: they must still meet the others.
  let live = place < RESULTS;
  let result = min(place, RESULTS - 1u);
  let i = result % INNER;
  let c = result / INNER % CHUNKS;
  let o = result / (INNER * CHUNKS);
  // @region start
  var sum = Item();
  // @end
  let end = min(LENGTH, c * CHUNK + CHUNK);
  for (var l = c * CHUNK + lane; l < end; l += LANES) {
    // @region element
    sum = sum + in0[(o * LENGTH + l) * INNER + i];
    // @end
  }
  // @region finish
  if (live && lane == 0u) { y[result] = sum; }
  // @end
}
