// Gradient of the weight of a depthwise causal convolution, over chunks of rows: dw[j, c] = sum over b and t of
// dy[b, t, c] x[b, t - j, c]. One invocation per chunk and channel item keeps all taps in registers; a reduction then
// adds the chunks.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [ROWS, C], rows [B, T] |
// | 1       | dy   | [ROWS, C] |
// | 2       | dw   | [CHUNKS, TAPS, C] |

const SIZE = 64u; // invocations of a workgroup
const ROWS = 16u;
const CHUNKS = 2u;
const CHUNK = 8u; // rows per chunk
const T = 8u;
const TAPS = 4u;
const ITEMS = 4u; // items per row of C channels
const FOUR = true; // whether four elements are taken at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> dy: array<Item>;
@group(0) @binding(2) var<storage, read_write> dw: array<Item>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= CHUNKS * ITEMS) { return; }
  let c = i % ITEMS;
  let first = i / ITEMS * CHUNK;
  let last = min(first + CHUNK, ROWS);
  var sums: array<Item, TAPS>; // @registers
  for (var row = first; row < last; row++) {
    let t = row % T;
    let up = dy[row * ITEMS + c];
    // @unroll
    for (var j = 0u; j < TAPS; j++) {
      if (t >= j) { sums[j] += up * x[(row - j) * ITEMS + c]; }
    }
  }
  // @unroll
  for (var j = 0u; j < TAPS; j++) {
    dw[(i / ITEMS * TAPS + j) * ITEMS + c] = sums[j];
  }
}
