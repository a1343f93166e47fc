// Only multiply-adds, to measure the peak arithmetic of an adapter: eight independent chains of vec4 per invocation.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | y    | [invocations], the sums, so that the compiler cannot drop any work |

const TURNS = 64u; // turns of 8 * 4 multiply-adds

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Numbers that are unknown to the compiler and stay finite: x -> x / 2 + y[i] / 2.
  let half = vec4f(0.5) + vec4f(y[id.x]) * 0.25;
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  var c = vec4f(3.0);
  var d = vec4f(4.0);
  var e = vec4f(5.0);
  var f = vec4f(6.0);
  var g = vec4f(7.0);
  var h = vec4f(8.0);
  for (var i = 0u; i < TURNS; i++) {
    a = fma(a, half, half);
    b = fma(b, half, half);
    c = fma(c, half, half);
    d = fma(d, half, half);
    e = fma(e, half, half);
    f = fma(f, half, half);
    g = fma(g, half, half);
    h = fma(h, half, half);
  }
  y[id.x] = dot(a + b + c + d + e + f + g + h, vec4f(1e-3));
}
