// Sorts the positions of a text by token: a stable counting sort by one invocation. On a software adapter this is a CPU
// core, which sorts 1,024 tokens in 0.1 ms; a lane of a GPU would take milliseconds.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | tokens | [ROWS] u32; a token past the table counts as its last row |
// | 1       | sorted | [VOCAB + ROWS] u32: the end of each token's positions, then the positions |

const ROWS = 8u;
const VOCAB = 16u;

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> sorted: array<u32>;

@compute @workgroup_size(1)
fn main() {
  for (var v = 0u; v < VOCAB; v++) { sorted[v] = 0u; }
  for (var n = 0u; n < ROWS; n++) { sorted[min(tokens[n], VOCAB - 1u)]++; }
  var start = 0u;
  for (var v = 0u; v < VOCAB; v++) {
    let count = sorted[v];
    sorted[v] = start;
    start += count;
  }
  // The cursor of a token moves from the start of its positions to their end.
  for (var n = 0u; n < ROWS; n++) {
    let token = min(tokens[n], VOCAB - 1u);
    let cursor = sorted[token];
    sorted[VOCAB + cursor] = n;
    sorted[token] = cursor + 1u;
  }
}
