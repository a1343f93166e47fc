// A fused chain of elementwise operations, one invocation per element or per four: out0[i] = f(in0[i], ...).
// The whole chain is generated: bindings, bound and body.
//
// | binding | name | contents |
// |---------|------|----------|
// | 0 ..    | in0, in1, ... | the inputs, f32, u32 or vec4f, each with its own broadcasting |
// | next .. | out0, out1, ... | the outputs, all of the same shape |
// | last    | numbers | run-time numbers of the expression |

const SIZE = 64u; // invocations of a workgroup

// @region bindings
// @end
// @region declarations
// @end

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * SIZE + lane;
  // The bound is the length of a binding, so that equal chains of any size share one pipeline.
  // @region bound
  // @end
  // @region body
  // @end
}
