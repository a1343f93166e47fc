// The cache of compiled kernels, on a fake device that only counts compilations.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Kernel } from "../kernels/kernel.ts";
import { Pipelines } from "./pipelines.ts";

const kernel = (name: string): Kernel => ({
  label: name,
  file: `${name}.wgsl`,
  wgsl: `// ${name}`,
  bindings: ["write"],
  numbers: 0,
  grid: [1, 1, 1],
  flops: 1,
  bytes: 4,
});

/** A fake device, and the labels of the pipelines that it compiled. */
function countingDevice(): { device: GPUDevice; compiled: string[] } {
  const compiled: string[] = [];
  const compile = ({ label = "" }: GPUComputePipelineDescriptor) => {
    compiled.push(label);
    return {};
  };
  const device = {
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(null),
    createShaderModule: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createComputePipeline: compile,
    createComputePipelineAsync: (given: GPUComputePipelineDescriptor) => Promise.resolve(compile(given)),
  };
  return { device: device as unknown as GPUDevice, compiled };
}

beforeEach(() => vi.stubGlobal("GPUShaderStage", { COMPUTE: 4 }));
afterEach(() => vi.unstubAllGlobals());

it("keeps as many as it may, and drops the one that was used least recently", async () => {
  const { device, compiled } = countingDevice();
  const pipelines = new Pipelines(device, 2);
  const request = (name: string) => ({ kernel: kernel(name), writable: false });
  await pipelines.compile([request("a"), request("b")]);
  const a = pipelines.get(request("a"));
  await pipelines.compile([request("c")]);
  expect(pipelines.size).toBe(2);
  expect(pipelines.get(request("a"))).toBe(a);
  expect(compiled).toEqual(["a", "b", "c"]);
  await pipelines.compile([request("a"), request("b")]);
  expect(compiled).toEqual(["a", "b", "c", "b"]);
});
