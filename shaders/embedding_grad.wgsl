// Gradient of an embedding: for each row of the table, the sum of dy over the positions that used it.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | tokens | [ROWS] u32; a token past the table counts as its last row |
// | 1       | dy     | [ROWS, WIDTH] |
// | 2       | dtable | [VOCAB, WIDTH] |
//
// A workgroup owns a row of the table, its lanes own columns, and all lanes walk all tokens in step. This reads the
// tokens VOCAB times, but from cache and without divergence. It needs no sorting, no atomics and no barrier, and adds
// in the order of the text, so that results repeat bit by bit.

const LANES = 4u; // invocations of a workgroup
const COLUMNS = 2u; // items per lane
const BLOCKS = 1u; // workgroups per row
const SCAN = 2u; // elements of `tokens` read at once
const ROWS = 8u; // elements of `tokens`
const VOCAB = 16u;
const ITEMS = 8u; // items per row
const ACCUMULATE = false; // whether to add to the gradient that dtable already holds
const FOUR = true; // whether four elements are added at once
const FOUR_TOKENS = true; // whether four tokens are compared at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR
alias Tokens = vec4u; // @if FOUR_TOKENS
alias Tokens = u32; // @if !FOUR_TOKENS
const TOKENS = 4u; // @if FOUR_TOKENS
const TOKENS = 1u; // @if !FOUR_TOKENS
// A bit for each of the tokens, set if the token is `row`.
fn matches(tokens: Tokens, row: u32) -> u32 {
  let bits = select(vec4u(0u), vec4u(1u, 2u, 4u, 8u), min(tokens, vec4u(VOCAB - 1u)) == vec4u(row)); // @if FOUR_TOKENS
  return (bits.x | bits.y) | (bits.z | bits.w); // @if FOUR_TOKENS
  return select(0u, 1u, min(tokens, VOCAB - 1u) == row); // @if !FOUR_TOKENS
}

@group(0) @binding(0) var<storage, read> tokens: array<Tokens>;
@group(0) @binding(1) var<storage, read> dy: array<Item>;
@group(0) @binding(2) var<storage, read_write> dtable: array<Item>;

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
  for (var n = 0u; n < ROWS; n += SCAN) {
    var left = 0u;
    // @unroll
    for (var s = 0u; s < SCAN; s++) {
      left |= matches(tokens[n + s], row) << (s * TOKENS);
    }
    while (left != 0u) {
      let start = (n * TOKENS + firstTrailingBit(left)) * ITEMS;
      left &= left - 1u;
      // @unroll
      for (var c = 0u; c < COLUMNS; c++) {
        sums[c] += dy[start + min(first + c * LANES, ITEMS - 1u)];
      }
    }
  }
  // @unroll
  for (var c = 0u; c < COLUMNS; c++) {
    if (first + c * LANES < ITEMS) {
      dtable[row * ITEMS + first + c * LANES] += sums[c]; // @if ACCUMULATE
      dtable[row * ITEMS + first + c * LANES] = sums[c]; // @if !ACCUMULATE
    }
  }
}
