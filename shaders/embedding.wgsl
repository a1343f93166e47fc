// Rows of a table by token.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | table  | [VOCAB, WIDTH] |
// | 1       | tokens | [rows] u32; a token past the table reads its last row |
// | 2       | y      | [rows, WIDTH] |

const SIZE = 64u; // invocations of a workgroup
const VOCAB = 16u;
const ITEMS = 8u; // items per row
const FOUR = true; // whether four elements are taken at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read> table: array<Item>;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<Item>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= arrayLength(&y)) { return; }
  y[i] = table[min(tokens[i / ITEMS], VOCAB - 1u) * ITEMS + i % ITEMS];
}
