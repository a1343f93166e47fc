// C = A · B by a tile of vec4 registers per lane, without a barrier and without optional features.
//
// | binding | access | shape, in vec4 along the last axis              |
// | A       | read   | [batch, M, K], or [batch, K, M] if TRANSPOSE_A  |
// | B       | read   | [batch, K, N], or [batch, N, K] if TRANSPOSE_B  |
// | C       | write  | [batch, M, N]                                   |
//
// N and every last axis are multiples of 4, and K too. A lane owns ROWS rows and COLS vec4 columns, LANES apart.
// The last row tile moves up to stay inside the matrix, and stores only the rows that no other tile stores.

const LANES = 8u;
const ROWS = 4u;
const COLS = 2u;
const M = 8u;
const N = 8u;
const K = 8u;
const TRANSPOSE_A = false;
const TRANSPOSE_B = false;
const A_BATCH = M * K; // elements from one matrix of the batch to the next; 0 if all products use one matrix
const B_BATCH = K * N;
const C_BATCH = M * N;
const INNER = 1u; // number of consecutive products that share A and have adjacent results
const PARTS = 1u; // products summed into each result; distances of their operands in A and B:
const A_PART = 0u;
const B_PART = 0u;
const N4 = N / 4u;
const K4 = K / 4u;
const M4 = M / 4u;

@group(0) @binding(0) var<storage, read> A: array<vec4f>;
@group(0) @binding(1) var<storage, read> B: array<vec4f>;
// @region prologue
fn prologue(a: vec4f) -> vec4f { return a; }
// @end
// @region epilogue
@group(0) @binding(2) var<storage, read_write> C: array<vec4f>;
fn epilogue(value: vec4f, start: u32, row: u32, column: u32) {
  C[start / 4u + row * N4 + column] = value;
}
// @end

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = group.z / INNER * C_BATCH + group.z % INNER * (M * N); // first element of this result
  let row = min(group.y * ROWS, M - ROWS);
  let column = group.x * COLS * LANES + lane;
  var a_at = group.z / INNER * (A_BATCH / 4u);
  var b_at = group.z * (B_BATCH / 4u);
  var acc: array<vec4f, ROWS * COLS>; // @registers
  var j: array<u32, COLS>; // @registers
  // @unroll
  for (var c = 0u; c < COLS; c++) {
    j[c] = min(column + c * LANES, N4 - 1u);
  }
  for (var part = 0u; part < PARTS; part++) {
    for (var k = 0u; k < K4; k++) {
      var a: array<vec4f, ROWS>; // @registers
      // Rows of A as vec4 along k; a transposed A is loaded as vec4 along its rows and transposed.
      if (TRANSPOSE_A) {
        // @unroll
        for (var q = 0u; q < ROWS / 4u; q++) {
          let a0 = prologue(A[a_at + (k * 4u + 0u) * M4 + row / 4u + q]);
          let a1 = prologue(A[a_at + (k * 4u + 1u) * M4 + row / 4u + q]);
          let a2 = prologue(A[a_at + (k * 4u + 2u) * M4 + row / 4u + q]);
          let a3 = prologue(A[a_at + (k * 4u + 3u) * M4 + row / 4u + q]);
          a[q * 4u + 0u] = vec4f(a0.x, a1.x, a2.x, a3.x);
          a[q * 4u + 1u] = vec4f(a0.y, a1.y, a2.y, a3.y);
          a[q * 4u + 2u] = vec4f(a0.z, a1.z, a2.z, a3.z);
          a[q * 4u + 3u] = vec4f(a0.w, a1.w, a2.w, a3.w);
        }
      } else {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          a[r] = prologue(A[a_at + (row + r) * K4 + k]);
        }
      }
      // @unroll
      for (var c = 0u; c < COLS; c++) {
        if (TRANSPOSE_B) {
          let b0 = B[b_at + (j[c] * 4u + 0u) * K4 + k];
          let b1 = B[b_at + (j[c] * 4u + 1u) * K4 + k];
          let b2 = B[b_at + (j[c] * 4u + 2u) * K4 + k];
          let b3 = B[b_at + (j[c] * 4u + 3u) * K4 + k];
          // @unroll
          for (var r = 0u; r < ROWS; r++) {
            acc[r * COLS + c] += vec4f(dot(a[r], b0), dot(a[r], b1), dot(a[r], b2), dot(a[r], b3));
          }
        } else {
          let b0 = B[b_at + (k * 4u + 0u) * N4 + j[c]];
          let b1 = B[b_at + (k * 4u + 1u) * N4 + j[c]];
          let b2 = B[b_at + (k * 4u + 2u) * N4 + j[c]];
          let b3 = B[b_at + (k * 4u + 3u) * N4 + j[c]];
          // @unroll
          for (var r = 0u; r < ROWS; r++) {
            acc[r * COLS + c] += a[r].x * b0 + a[r].y * b1 + a[r].z * b2 + a[r].w * b3;
          }
        }
      }
    }
    a_at += A_PART / 4u;
    b_at += B_PART / 4u;
  }
  // A loop stores the results: an epilogue unrolled for each result takes longer to compile than the product.
  var done: array<vec4f, ROWS * COLS>;
  // @unroll
  for (var i = 0u; i < ROWS * COLS; i++) {
    done[i] = acc[i];
  }
  let first = group.y * ROWS;
  for (var r = 0u; r < ROWS; r++) {
    if (row + r >= first) {
      for (var c = 0u; c < COLS && column + c * LANES < N4; c++) {
        epilogue(done[r * COLS + c], start, row + r, column + c * LANES);
      }
    }
  }
}
