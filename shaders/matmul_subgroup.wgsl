// C = A · B with one subgroup per workgroup and no barrier: lanes share the loaded elements by broadcast.
//
// | binding | access | shape                                          |
// | A       | read   | [batch, M, K], or [batch, K, M] if TRANSPOSE_A |
// | B       | read   | [batch, K, N], or [batch, N, K]                |
// | C       | write  | [batch, M, N]                                  |
//
// A subgroup owns ROWS rows and COLS * LANES columns; lane l owns the columns l, l + LANES, ... Any sizes: the last row
// tile moves up to stay inside, and stores only rows that no other tile stores; columns past the end repeat the last.
enable subgroups;

const LANES = 4u;
const ROWS = 4u;
const COLS = 2u;
const KU = 4u; // steps of k processed at once; LANES unless TRANSPOSE_A
const M = 8u;
const N = 8u;
const K = 8u;
const TRANSPOSE_A = false;
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
const QUADS = (ROWS + LANES - 1u) / LANES;
const K_MAIN = K / KU * KU;

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
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
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
    for (var k = 0u; k < K_MAIN; k += KU) {
      var a: array<f32, max(ROWS, KU * QUADS)>; // @registers
      if (TRANSPOSE_A) {
        // Lanes hold neighbouring rows. A row past ROWS is never broadcast.
        // @unroll
        for (var u = 0u; u < KU; u++) {
          // @unroll
          for (var q = 0u; q < QUADS; q++) {
            a[u * QUADS + q] = prologue(A[a_at + lane + (k + u) * A_K + q * LANES]);
          }
        }
      } else {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          a[r] = prologue(A[a_at + lane + k + r * A_ROW]);
        }
      }
      var b: array<f32, COLS * KU>; // @registers
      // @unroll
      for (var u = 0u; u < KU; u++) {
        // @unroll
        for (var c = 0u; c < COLS; c++) {
          b[c * KU + u] = B[b_at[c] + (k + u) * B_K];
        }
      }
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        var x: array<f32, KU>; // @registers
        // @unroll
        for (var u = 0u; u < KU; u++) {
          if (TRANSPOSE_A) {
            x[u] = subgroupBroadcast(a[u * QUADS + r / LANES], r % LANES);
          } else {
            x[u] = subgroupBroadcast(a[r], u);
          }
        }
        // @unroll
        for (var c = 0u; c < COLS; c++) {
          // @unroll
          for (var u = 0u; u < KU; u++) {
            acc[r * COLS + c] += x[u] * b[c * KU + u];
          }
        }
      }
    }
    if (K_MAIN < K) {
      for (var k = K_MAIN; k < K; k++) {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          let x = prologue(A[a_at + r * A_ROW + k * A_K]);
          // @unroll
          for (var c = 0u; c < COLS; c++) {
            acc[r * COLS + c] += x * B[b_at[c] + k * B_K];
          }
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
    if (column + c * LANES < N || N % (COLS * LANES) == 0u) {
      // @unroll
      for (var r = 0u; r < ROWS; r++) {
        if (M % ROWS == 0u || row + r >= first) {
          epilogue(acc[r * COLS + c], start, row + r, column + c * LANES);
        }
      }
    }
  }
}
