// Only a copy, to measure the peak memory bandwidth of an adapter.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | [count / 4] vec4 |
// | 1       | y    | [count / 4] vec4 |

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = group.x * 256u + lane;
  // Four vec4 per invocation, 64 apart, so that neighbouring invocations read neighbouring vec4.
  for (var i = 0u; i < 4u; i++) {
    y[at + i * 64u] = x[at + i * 64u];
  }
}
