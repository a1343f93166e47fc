// C = A · B by subgroups of four lanes, vec4 columns and no barrier: the fastest on SwiftShader. Its subgroups are one
// SIMD register wide; a load costs as much as eight multiply-adds, a broadcast four, a swap one.
//
// | binding | access | shape                                                              |
// | A       | read   | [batch, M, K], or [batch, K, M] if TRANSPOSE_A                     |
// | B       | read   | vec4 along the last axis: [batch, K, N], or [batch, N, K] if TRANSPOSE_B |
// | C       | write  | vec4 along the last axis: [batch, M, N]                            |
//
// N and K are multiples of 4. A subgroup owns ROWS rows and COLS * 4 vec4 columns; lane l owns columns l, l + 4, ...
// In step s a lane has the elements of A that its neighbour l ^ s loaded: those of another k of the same row, so the
// lane uses the row of B for that k; or, if TRANSPOSE_A, those of another row, so the order of its rows differs.
// The last row tile moves up to stay inside the matrix, and stores only the rows that no other tile stores.
enable subgroups;

const ROWS = 4u;
const COLS = 1u;
const M = 8u;
const N = 16u;
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
const QUADS = (ROWS + 3u) / 4u;

@group(0) @binding(0) var<storage, read> A: array<f32>;
@group(0) @binding(1) var<storage, read> B: array<vec4f>;
// @region prologue
fn prologue(a: f32) -> f32 { return a; }
// @end
// @region epilogue
@group(0) @binding(2) var<storage, read_write> C: array<vec4f>;
fn epilogue(value: vec4f, start: u32, row: u32, column: u32) {
  C[start / 4u + row * N4 + column] = value;
}
// @end

// Orders four neighbouring k by this lane's steps: element s is that of k + (lane ^ s) if A is swapped along k.
fn in_step(b: vec4f, lane: u32) -> vec4f {
  if (TRANSPOSE_A) {
    return b;
  } else {
    let pairs = select(b, b.yxwz, (lane & 1u) == 1u);
    return select(pairs, pairs.zwxy, (lane & 2u) == 2u);
  }
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let start = group.z / INNER * C_BATCH + group.z % INNER * (M * N); // first element of this result
  let row = min(group.y * ROWS, M - ROWS);
  let column = group.x * COLS * 4u + lane;
  var b_at = group.z * (B_BATCH / 4u);
  var a_at = group.z / INNER * A_BATCH + row * K + lane;
  if (TRANSPOSE_A) {
    a_at = group.z / INNER * A_BATCH + row + lane;
  }
  var acc: array<vec4f, QUADS * 4u * COLS>; // @registers
  var j: array<u32, COLS>; // @registers
  // @unroll
  for (var c = 0u; c < COLS; c++) {
    j[c] = min(column + c * 4u, N4 - 1u);
  }
  for (var part = 0u; part < PARTS; part++) {
    for (var k = 0u; k < K; k += 4u) {
      // The rows of B for step s of this lane: those of k + s or, if A is swapped along k, of k + (lane ^ s).
      var b: array<vec4f, COLS * 4u>; // @registers
      // @unroll
      for (var c = 0u; c < COLS; c++) {
        if (TRANSPOSE_B) {
          let b0 = in_step(B[b_at + (j[c] * 4u + 0u) * K4 + k / 4u], lane);
          let b1 = in_step(B[b_at + (j[c] * 4u + 1u) * K4 + k / 4u], lane);
          let b2 = in_step(B[b_at + (j[c] * 4u + 2u) * K4 + k / 4u], lane);
          let b3 = in_step(B[b_at + (j[c] * 4u + 3u) * K4 + k / 4u], lane);
          b[c * 4u + 0u] = vec4f(b0.x, b1.x, b2.x, b3.x);
          b[c * 4u + 1u] = vec4f(b0.y, b1.y, b2.y, b3.y);
          b[c * 4u + 2u] = vec4f(b0.z, b1.z, b2.z, b3.z);
          b[c * 4u + 3u] = vec4f(b0.w, b1.w, b2.w, b3.w);
        } else {
          // @unroll
          for (var s = 0u; s < 4u; s++) {
            if (TRANSPOSE_A) {
              b[c * 4u + s] = B[b_at + (k + s) * N4 + j[c]];
            } else {
              b[c * 4u + s] = B[b_at + (k + (lane ^ s)) * N4 + j[c]];
            }
          }
        }
      }
      if (TRANSPOSE_A) {
        // @unroll
        for (var q = 0u; q < QUADS; q++) {
          let a0 = prologue(A[a_at + (k + 0u) * M + q * 4u]);
          let a1 = prologue(A[a_at + (k + 1u) * M + q * 4u]);
          let a2 = prologue(A[a_at + (k + 2u) * M + q * 4u]);
          let a3 = prologue(A[a_at + (k + 3u) * M + q * 4u]);
          let a = vec4f(a0, a1, a2, a3);
          // @unroll
          for (var s = 0u; s < 4u; s++) {
            var x = a;
            if (s == 1u) {
              x = quadSwapX(a);
            }
            if (s == 2u) {
              x = quadSwapY(a);
            }
            if (s == 3u) {
              x = quadSwapDiagonal(a);
            }
            // @unroll
            for (var c = 0u; c < COLS; c++) {
              acc[(q * 4u + s) * COLS + c] += x.x * b[c * 4u + 0u] + x.y * b[c * 4u + 1u] + x.z * b[c * 4u + 2u] + x.w * b[c * 4u + 3u];
            }
          }
        }
      } else {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          let a = prologue(A[a_at + r * K + k]);
          let x = vec4f(a, quadSwapX(a), quadSwapY(a), quadSwapDiagonal(a));
          // @unroll
          for (var c = 0u; c < COLS; c++) {
            acc[r * COLS + c] += x.x * b[c * 4u + 0u] + x.y * b[c * 4u + 1u] + x.z * b[c * 4u + 2u] + x.w * b[c * 4u + 3u];
          }
        }
      }
    }
    a_at += A_PART;
    b_at += B_PART / 4u;
  }

  // A loop stores the results: an epilogue unrolled for each result took twice as long to compile as the product.
  var done: array<vec4f, QUADS * 4u * COLS>;
  // @unroll
  for (var i = 0u; i < QUADS * 4u * COLS; i++) {
    done[i] = acc[i];
  }
  let first = group.y * ROWS;
  for (var r = 0u; r < QUADS * 4u; r++) {
    var mine = r;
    if (TRANSPOSE_A) {
      mine = r / 4u * 4u + (lane ^ (r % 4u));
    }
    if (mine < ROWS && row + mine >= first) {
      for (var c = 0u; c < COLS && column + c * 4u < N4; c++) {
        epilogue(done[r * COLS + c], start, row + mine, column + c * 4u);
      }
    }
  }
}
