// Depthwise causal convolution over time: y[b, t, c] = sum over j of w[j, c] x[b, t - j, c], zeros before time 0.
// REVERSE runs it backwards, which is its gradient: dx[b, t, c] = sum over j of w[j, c] dy[b, t + j, c].
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [B, T, C]; with REVERSE dy |
// | 1       | w    | [TAPS, C] |
// | 2       | y    | [B, T, C]; with REVERSE dx |

const SIZE = 64u; // invocations of a workgroup
const COUNT = 64u; // items of y
const T = 8u;
const TAPS = 4u;
const ITEMS = 4u; // items per row of C channels
const REVERSE = false;
const FOUR = true; // whether four elements are taken at once
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR

@group(0) @binding(0) var<storage, read> x: array<Item>;
@group(0) @binding(1) var<storage, read> w: array<Item>;
@group(0) @binding(2) var<storage, read_write> y: array<Item>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= COUNT) { return; }
  let t = i / ITEMS % T;
  let c = i % ITEMS;
  var sum = Item();
  if (REVERSE) {
    let last = min(TAPS, T - t);
    for (var j = 0u; j < last; j++) { sum += w[j * ITEMS + c] * x[i + j * ITEMS]; }
  } else {
    let last = min(TAPS, t + 1u);
    for (var j = 0u; j < last; j++) { sum += w[j * ITEMS + c] * x[i - j * ITEMS]; }
  }
  y[i] = sum;
}
