// C = A · B through tiles in workgroup memory, for GPUs. Any sizes: past the edges a tile holds zeros.
//
// | binding | access | shape                            |
// | A       | read   | [batch, M, K], or [batch, K, M]  |
// | B       | read   | [batch, K, N], or [batch, N, K]  |
// | C       | write  | [batch, M, N]                    |
//
// A workgroup owns TILE_M x TILE_N of C, a thread ROWS rows and one vec4 of columns. If C is too small to fill a GPU,
// SLICES threads share these elements: each processes a part of every k tile, and their sums are added at the end.

const TILE_M = 16u;
const TILE_N = 16u;
const TILE_K = 16u;
const ROWS = 4u;
const SLICES = 2u;
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
const FOUR = false; // whether N is a multiple of 4: then results are stored as vec4f
const COLUMNS4 = TILE_N / 4u;
const N4 = N / 4u;
const OWNERS = TILE_M / ROWS * COLUMNS4;
const THREADS = OWNERS * SLICES;
const A_STEP = TILE_M + 1u; // one more than the tile, so that the elements of a column lie in different banks

@group(0) @binding(0) var<storage, read> A: array<f32>;
@group(0) @binding(1) var<storage, read> B: array<f32>;
// @region prologue
fn prologue(a: f32) -> f32 { return a; }
// @end
// @region epilogue
@group(0) @binding(2) var<storage, read_write> C: array<vec4f>; // @if FOUR
@group(0) @binding(2) var<storage, read_write> C: array<f32>; // @if !FOUR
fn epilogue(value: vec4f, start: u32, row: u32, column: u32) { // @if FOUR
  C[start / 4u + row * N4 + column] = value; // @if FOUR
fn epilogue(value: f32, start: u32, row: u32, column: u32) { // @if !FOUR
  C[start + row * N + column] = value; // @if !FOUR
}
// @end
fn finish(value: vec4f, start: u32, row: u32, column: u32) {
  if (FOUR) {
    epilogue(value, start, row, column / 4u);
  } else {
    for (var i = 0u; i < 4u; i++) {
      if (column + i < N) {
        epilogue(value[i], start, row, column + i);
      }
    }
  }
}

var<workgroup> a_tile: array<f32, TILE_K * A_STEP>;
var<workgroup> b_tile: array<vec4f, max(TILE_K, min(SLICES - 1u, 1u) * TILE_M) * COLUMNS4>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let owner = thread % OWNERS;
  let slice = thread / OWNERS;
  let own_row = owner / COLUMNS4 * ROWS;
  let own_column = owner % COLUMNS4;
  let start = group.z / INNER * C_BATCH + group.z % INNER * (M * N); // first element of this result
  let row = group.y * TILE_M;
  let column = group.x * TILE_N;
  var a_at = group.z / INNER * A_BATCH;
  var b_at = group.z * B_BATCH;
  var acc: array<vec4f, ROWS>; // @registers

  for (var part = 0u; part < PARTS; part++) {
    for (var k = 0u; k < K; k += TILE_K) {
      // Neighbouring threads load neighbouring elements.
      for (var e = thread; e < TILE_M * TILE_K; e += THREADS) {
        var r = e / TILE_K;
        var u = e % TILE_K;
        var i = a_at + (row + r) * K + k + u;
        if (TRANSPOSE_A) {
          r = e % TILE_M;
          u = e / TILE_M;
          i = a_at + (k + u) * M + row + r;
        }
        var value = 0.0f;
        if (row + r < M && k + u < K) {
          value = prologue(A[i]);
        }
        a_tile[u * A_STEP + r] = value;
      }
      for (var e = thread; e < TILE_N * TILE_K; e += THREADS) {
        var c = e % TILE_N;
        var u = e / TILE_N;
        var i = b_at + (k + u) * N + column + c;
        if (TRANSPOSE_B) {
          c = e / TILE_K;
          u = e % TILE_K;
          i = b_at + (column + c) * K + k + u;
        }
        var value = 0.0f;
        if (column + c < N && k + u < K) {
          value = B[i];
        }
        b_tile[u * COLUMNS4 + c / 4u][c % 4u] = value;
      }
      workgroupBarrier();
      for (var u = slice * (TILE_K / SLICES); u < (slice + 1u) * (TILE_K / SLICES); u++) {
        let b = b_tile[u * COLUMNS4 + own_column];
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          acc[r] += a_tile[u * A_STEP + own_row + r] * b;
        }
      }
      workgroupBarrier();
    }
    a_at += A_PART;
    b_at += B_PART;
  }

  if (SLICES > 1u) {
    for (var s = 1u; s < SLICES; s++) {
      if (slice == s) {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          b_tile[owner * ROWS + r] = acc[r];
        }
      }
      workgroupBarrier();
      if (slice == 0u) {
        // @unroll
        for (var r = 0u; r < ROWS; r++) {
          acc[r] += b_tile[owner * ROWS + r];
        }
      }
      workgroupBarrier();
    }
  }
  if (slice == 0u && column + own_column * 4u < N) {
    // @unroll
    for (var r = 0u; r < ROWS; r++) {
      if (row + own_row + r < M) {
        finish(acc[r], start, row + own_row + r, column + own_column * 4u);
      }
    }
  }
}
