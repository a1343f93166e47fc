// Gradient of an embedding: for each row of the table the sum of dy over the places that used it.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | tokens | [ROWS] u32; one past the table counts as its last row |
// | 1       | dy     | [ROWS, WIDTH] |
// | 2       | dtable | [VOCAB, WIDTH] |
//
// A workgroup owns a row of the table, its lanes own columns, and all lanes walk all tokens in step. That reads the
// tokens VOCAB times, but always from cache and without divergence, needs no sorting, no atomics and no barrier, and
// adds in the order of the text, so that it repeats bit by bit.

const LANES = 4u; // invocations of a workgroup
const COLUMNS = 2u; // items of a lane
const ROWS = 8u; // in tokens read at once
const VOCAB = 16u;
const ITEMS = 8u; // of a row
const BLOCKS = 1u; // workgroups of a row
// @region item
alias Item = f32; // what is added at once
alias Tokens = u32; // what is compared at once
// @end

@group(0) @binding(0) var<storage, read> tokens: array<Tokens>;
@group(0) @binding(1) var<storage, read> dy: array<Item>;
// @region target
@group(0) @binding(2) var<storage, read_write> dtable: array<Item>;
// @end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = group.y * groups.x + group.x;
  let row = place / BLOCKS;
  if (row >= VOCAB) { return; }
  let first = place % BLOCKS * COLUMNS * LANES + lane;
  var sums: array<Item, COLUMNS>; // @registers
  for (var n = 0u; n < ROWS; n++) {
    let here = min(tokens[n], Tokens(VOCAB - 1u)) == Tokens(row);
    // @region add
    if (here) {
      // @unroll
      for (var c = 0u; c < COLUMNS; c++) {
        sums[c] += dy[n * ITEMS + min(first + c * LANES, ITEMS - 1u)];
      }
    }
    // @end
  }
  // @unroll
  for (var c = 0u; c < COLUMNS; c++) {
    if (first + c * LANES < ITEMS) {
      // @region store
      dtable[row * ITEMS + first + c * LANES] = sums[c];
      // @end
    }
  }
}
