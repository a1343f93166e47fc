// C = A · B with scalar loads, no feature and no barrier: for sizes that vec4 does not divide.
//
// | binding | access | shape                            |
// | A       | read   | [batch, M, K], or [batch, K, M]  |
// | B       | read   | [batch, K, N], or [batch, N, K]  |
// | C       | write  | [batch, M, N]                    |
//
// A lane owns ROWS rows and COLS columns, LANES apart. The last row tile moves up to stay inside the matrix, and stores
// only the rows that no other tile stores; columns past the end repeat the last.

const LANES = 8u;
const ROWS = 4u;
const COLS = 2u;
const M = 8u;
const N = 8u;
const K = 8u;
const A_ROW = K; // strides of A and B, in elements
const A_K = 1u;
const A_BATCH = M * K;
const B_K = N;
const B_COL = 1u;
const B_BATCH = K * N;
const C_BATCH = M * N;
const INNER = 1u; // number of consecutive products that share A and have adjacent results
const PARTS = 1u; // products summed into each result; distances of their operands in A and B:
const A_PART = 0u;
const B_PART = 0u;

@group(0) @binding(0) var<storage, read> A: array<f32>;
@group(0) @binding(1) var<storage, read> B: array<f32>;
// @region prologue
fn prologue(a: f32) -> f32 { return a; }
// @end
// @region epilogue
@group(0) @binding(2) var<storage, read_write> C: array<f32>;
fn epilogue(value: f32, start: u32, row: u32, column: u32) {
  C[start + row * N + column] = value;
}
// @end

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = group.z / INNER * C_BATCH + group.z % INNER * (M * N); // first element of this result
  let row = min(group.y * ROWS, M - ROWS);
  let column = group.x * COLS * LANES + lane;
  var acc: array<f32, ROWS * COLS>; // @registers
  var b_at: array<u32, COLS>; // @registers
  // @unroll
  for (var c = 0u; c < COLS; c++) {
    b_at[c] = group.z * B_BATCH + min(column + c * LANES, N - 1u) * B_COL;
  }
  var a_at = group.z / INNER * A_BATCH + row * A_ROW;
  for (var part = 0u; part < PARTS; part++) {
    for (var k = 0u; k < K; k++) {
      var b: array<f32, COLS>; // @registers
      // @unroll
      for (var c = 0u; c < COLS; c++) {
        b[c] = B[b_at[c] + k * B_K];
      }
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        let a = prologue(A[a_at + r * A_ROW + k * A_K]);
        // @unroll
        for (var c = 0u; c < COLS; c++) {
          acc[r * COLS + c] += a * b[c];
        }
      }
    }
    a_at += A_PART;
    // @unroll
    for (var c = 0u; c < COLS; c++) {
      b_at[c] += B_PART;
    }
  }
  let first = group.y * ROWS;
  // @unroll
  for (var c = 0u; c < COLS; c++) {
    if (column + c * LANES < N) {
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        if (M % ROWS == 0u || row + r >= first) {
          epilogue(acc[r * COLS + c], start, row + r, column + c * LANES);
        }
      }
    }
  }
}
