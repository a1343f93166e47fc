// Places in a text sorted by token, stable: a counting sort by one invocation. On a software adapter that is a CPU
// core, which sorts 1,024 tokens in a tenth of a millisecond; a GPU's lane would take milliseconds.
//
// | binding | name   | contents |
// |---------|--------|----------|
// | 0       | tokens | [ROWS] u32; one past the table counts as its last row |
// | 1       | sorted | [VOCAB + ROWS] u32: where the places of each token end, then the places |

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
  // Each token's cursor runs from its start to its end.
  for (var n = 0u; n < ROWS; n++) {
    let token = min(tokens[n], VOCAB - 1u);
    let cursor = sorted[token];
    sorted[VOCAB + cursor] = n;
    sorted[token] = cursor + 1u;
  }
}
