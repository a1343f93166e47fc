// Copies a strided region to a strided region: serves permute, narrow, cat, expand and pad.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0       | x    | the source |
// | 1       | y    | the target; elements outside the region keep their contents |

const SIZE = 64u; // invocations of a workgroup
const COUNT = 64u; // elements, or groups of four

// @region bindings
// Generated: bindings x and y, of u32 or vec4u.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
// @end

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  if (i >= COUNT) { return; }
  let source = i; // @generated source
  let place = i; // @generated place
  y[place] = x[source];
}
