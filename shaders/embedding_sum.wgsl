// Gradient of an embedding from sorted positions: for each row of the table, the sum of dy over its positions.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | sorted | [VOCAB + rows] u32, from embedding_sort.wgsl |
// | 1       | dy     | [rows, WIDTH] |
// | 2       | dtable | [VOCAB, WIDTH] |

const SIZE = 64u; // invocations of a workgroup
const VOCAB = 16u;
const ITEMS = 8u; // items per row
const ACCUMULATE = false; // whether to add to the gradient that dtable already holds
const FOUR = true; // whether four elements are taken at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read> sorted: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<Item>;
@group(0) @binding(2) var<storage, read_write> dtable: array<Item>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= VOCAB * ITEMS) { return; }
  let row = i / ITEMS;
  let end = sorted[row];
  var place = 0u;
  if (row > 0u) { place = sorted[row - 1u]; }
  var sum = Item();
  for (; place < end; place++) { sum += dy[sorted[VOCAB + place] * ITEMS + i % ITEMS]; }
  dtable[i] += sum; // @if ACCUMULATE
  dtable[i] = sum; // @if !ACCUMULATE
}
