import { describe, expect, it } from "vitest";
import { testGpu } from "../kernels/testing/dispatch.ts";
import { passTimes } from "./pass-times.ts";
import { Runtime } from "./runtime.ts";

const WGSL = `
@group(0) @binding(0) var<storage, read_write> runs: array<u32>;
@compute @workgroup_size(1) fn main() { runs[0]++; }`;

describe.each([
  ["by queries, where the device has them", undefined],
  ["by the clock", []],
])("times of passes %s", (_, preferFeatures) => {
  // 1,030 passes need more than one query set.
  it.each([0, 1, 1030])("are as many as there are passes: %i, each run once", async (count) => {
    const runtime = await Runtime.open({ gpu: await testGpu(), preferFeatures });
    const { device } = runtime;
    const module = device.createShaderModule({ code: WGSL });
    const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
    const buffer = runtime.allocate(4, "runs");
    const entries = [{ binding: 0, resource: { buffer } }];
    const bound = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const pass = (encoder: GPUComputePassEncoder) => {
      encoder.setPipeline(pipeline);
      encoder.setBindGroup(0, bound);
      encoder.dispatchWorkgroups(1);
    };
    const times = await passTimes(
      device,
      Array.from({ length: count }, () => pass),
    );
    expect(times.length).toBe(count);
    expect(times.every((ms) => ms >= 0 && ms < Infinity)).toBe(true);
    const [runs] = await runtime.read([{ buffer, offset: 0, size: 4 }]);
    expect(new Uint32Array(runs!)[0]).toBe(count);
    runtime.close();
  });
});
