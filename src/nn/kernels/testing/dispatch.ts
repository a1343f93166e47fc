// For *.gpu.test.ts only: one device for the whole test process, and runs of single kernels on plain arrays. Outputs
// start as NaN, so an element that a kernel fails to write fails the comparison.

import { LabError } from "../../../error.ts";
import {
  describeDevice,
  openDevice,
  WANTED_FEATURES,
  type OpenDevice,
  type WantedFeature,
} from "../../runtime/device.ts";
import { nodeGpu } from "../../runtime/node.ts";
import { uniformLength, type Capabilities, type Kernel } from "../kernel.ts";
import type { Passes } from "../passes.ts";
import { sourceLine } from "../wgsl/line-map.ts";

export type TestArray = Float32Array | Uint32Array | Int32Array | Uint16Array;
/** An array is uploaded; a number is the size of a buffer of f32 elements, all NaN. */
export type TestBinding = TestArray | readonly number[] | number;

interface TestState {
  gpu?: Promise<GPU>;
  devices: Map<string, Promise<OpenDevice>>;
  pipelines: WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>;
}
// On globalThis, so that all test files share it: each file loads its own copy of this module.
const store = globalThis as { __overnightTest?: TestState };
const state: TestState = (store.__overnightTest ??= { devices: new Map(), pipelines: new WeakMap() });

/**
 * The GPU of all tests. OVERNIGHT_FEATURES=subgroups,f16 (any of these, or none) hides other optional features of the
 * adapter, so that one adapter can replace several in tests; VK_ICD_FILENAMES selects the adapter.
 */
export function testGpu(): Promise<GPU> {
  return (state.gpu ??= nodeGpu().then((gpu) => narrowed(gpu, process.env["OVERNIGHT_FEATURES"])));
}

const BY_NAME: Readonly<Record<string, WantedFeature>> = { subgroups: "subgroups", f16: "shader-f16" };

function narrowed(gpu: GPU, names: string | undefined): GPU {
  if (names === undefined) return gpu;
  const kept = new Set<string>(["timestamp-query"]);
  for (const name of names === "none" ? [] : names.split(",")) {
    const feature = BY_NAME[name];
    if (feature === undefined)
      throw new LabError("internal", {
        what: "OVERNIGHT_FEATURES",
        got: name,
        expected: `none, or some of ${Object.keys(BY_NAME).join()}`,
      });
    kept.add(feature);
  }
  const features = (adapter: GPUAdapter): GPUSupportedFeatures =>
    new Set([...adapter.features].filter((feature) => kept.has(feature)));
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await gpu.requestAdapter(options);
    return adapter && replacing(adapter, "features", features(adapter));
  };
  return replacing(gpu, "requestAdapter", requestAdapter);
}

/** The object with one property replaced. Its methods stay bound to the original, because native methods must be. */
export function replacing<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): T {
  return new Proxy(object, {
    get: (target, name) => {
      if (name === key) return value;
      const own: unknown = Reflect.get(target, name);
      return typeof own === "function" ? (own.bind(target) as unknown) : own;
    },
  });
}

/** The shared device with these features (default: all that the adapter has). `[]` tests the plain variants. */
export function openTestDevice(features: readonly WantedFeature[] = WANTED_FEATURES): Promise<OpenDevice> {
  const key = [...features].sort().join();
  let open = state.devices.get(key);
  if (open === undefined) {
    open = testGpu().then((gpu) => openDevice(gpu, features));
    state.devices.set(key, open);
  }
  return open;
}

/** Names, devices and capabilities: with and without subgroups, as the adapter reports them and as on a real GPU. */
export async function everyWay(): Promise<readonly (readonly [string, OpenDevice, Capabilities])[]> {
  const full = await openTestDevice();
  const plain = await openTestDevice([]);
  return [
    ["as the adapter likes it", full, full.capabilities],
    ["as a real GPU with subgroups", full, { ...full.capabilities, software: false }],
    ["without subgroups", plain, plain.capabilities],
    ["as a real GPU without subgroups", plain, { ...plain.capabilities, software: false }],
  ];
}

/** Runs one kernel; returns the contents of every binding afterwards, in the type of the array passed (default f32). */
export async function runKernel(
  kernel: Kernel,
  bindings: readonly TestBinding[],
  numbers: readonly number[] = [],
  open?: OpenDevice | GPUDevice,
): Promise<TestArray[]> {
  return runKernels([{ kernel, slots: kernel.bindings.map((_, i) => i), numbers }], bindings, open);
}

/** Several dispatches in order over shared arrays; `slots` are indices into `bindings`. */
export async function runKernels(
  steps: readonly { kernel: Kernel; slots: readonly number[]; numbers?: readonly number[] }[],
  bindings: readonly TestBinding[],
  open?: OpenDevice | GPUDevice,
): Promise<TestArray[]> {
  const { device } =
    open === undefined ? await openTestDevice() : "device" in open ? open : describeDevice(open, undefined);
  const arrays = bindings.map((b) =>
    typeof b === "number" ? new Float32Array(b).fill(NaN) : ArrayBuffer.isView(b) ? b : Float32Array.from(b),
  );
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = arrays.map((array) => {
    const buffer = device.createBuffer({ size: Math.max(16, Math.ceil(array.byteLength / 4) * 4), usage });
    device.queue.writeBuffer(buffer, 0, padded(array));
    return buffer;
  });
  device.pushErrorScope("validation");
  const uniforms: GPUBuffer[] = [];
  const encoder = device.createCommandEncoder();
  for (const step of steps) {
    const { kernel } = step;
    if (kernel.bindings.length !== step.slots.length)
      throw new LabError(
        "internal",
        `${kernel.label}: ${kernel.bindings.length} bindings, ${step.slots.length} given`,
      );
    const pipeline = await pipelineFor(device, kernel);
    const entries: GPUBindGroupEntry[] = step.slots.map((slot, binding) => ({
      binding,
      resource: {
        buffer: at(buffers, slot),
        size: Math.max(4, Math.ceil(at(arrays, slot).byteLength / 4) * 4),
      },
    }));
    if (uniformLength(kernel) > 0) {
      const size = Math.ceil(uniformLength(kernel) / 4) * 16;
      const uniform = device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
      device.queue.writeBuffer(
        uniform,
        0,
        Float32Array.from([...(step.numbers ?? []).slice(0, kernel.numbers), ...(kernel.sizes ?? [])]),
      );
      entries.push({ binding: step.slots.length, resource: { buffer: uniform } });
      uniforms.push(uniform);
    }
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(...kernel.grid);
    pass.end();
  }
  const staging = buffers.map((buffer) => {
    const copy = device.createBuffer({
      size: buffer.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error !== null) throw new LabError("internal", error.message);
  const results: TestArray[] = [];
  for (const [i, copy] of staging.entries()) {
    await copy.mapAsync(GPUMapMode.READ);
    const array = at(arrays, i);
    const bytes = copy.getMappedRange().slice(0, array.byteLength);
    const Type = array.constructor as new (bytes: ArrayBuffer) => TestArray;
    results.push(new Type(bytes));
    copy.unmap();
  }
  for (const buffer of [...buffers, ...staging, ...uniforms]) buffer.destroy();
  return results;
}

/** Runs the passes of an operation on its bindings; appends the scratch buffers. */
export function runPasses(
  passes: Passes,
  own: readonly TestBinding[],
  open?: OpenDevice | GPUDevice,
): Promise<TestArray[]> {
  return runKernels(passes.steps, [...own, ...passes.scratch], open);
}

function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new LabError("internal", `no element ${index} of ${items.length}`);
  return item;
}

function padded(array: TestArray): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(array.byteLength / 4) * 4);
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return bytes;
}

function pipelineFor(device: GPUDevice, kernel: Kernel): Promise<GPUComputePipeline> {
  let cache = state.pipelines.get(device);
  if (cache === undefined) state.pipelines.set(device, (cache = new Map()));
  const key = JSON.stringify([kernel.wgsl, kernel.bindings, uniformLength(kernel) > 0]);
  let pipeline = cache.get(key);
  if (pipeline === undefined) cache.set(key, (pipeline = compile(device, kernel)));
  return pipeline;
}

async function compile(device: GPUDevice, kernel: Kernel): Promise<GPUComputePipeline> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: kernel.wgsl, label: kernel.file });
  const info = await module.getCompilationInfo();
  const fault = info.messages.find((message) => message.type === "error");
  if (fault !== undefined) {
    await device.popErrorScope();
    const line = sourceLine(kernel.wgsl, fault.lineNum) ?? fault.lineNum;
    const text = kernel.wgsl.split("\n")[fault.lineNum - 1] ?? "";
    throw new LabError("wgsl", `${kernel.file}:${line}: ${fault.message}: ${text}`);
  }
  const entries: GPUBindGroupLayoutEntry[] = kernel.bindings.map((kind, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: kind === "read" ? "read-only-storage" : "storage" },
  }));
  if (uniformLength(kernel) > 0)
    entries.push({
      binding: entries.length,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform" },
    });
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ entries })],
  });
  const pipeline = await device.createComputePipelineAsync({
    layout,
    compute: { module, entryPoint: "main" },
  });
  const error = await device.popErrorScope();
  if (error !== null) throw new LabError("wgsl", `${kernel.label}: ${error.message}`);
  return pipeline;
}

/** Deterministic values in about [-1, 1], the same on every machine. */
export function testValues(count: number, seed = 1, scale = 1): Float32Array {
  let s = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return ((s >>> 8) / 0x800000 - 1) * scale;
  });
}

/** Throws naming the first element whose error exceeds `atol + rtol * |expected|`; NaN equals NaN only. */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-6, what = "result" } = {},
): void {
  if (got.length !== expected.length)
    throw new LabError("internal", {
      what: `${what}: length`,
      got: `${got.length}`,
      expected: `${expected.length}`,
    });
  for (let i = 0; i < expected.length; i++) {
    const a = at(got, i);
    const b = at(expected, i);
    const same = Object.is(a, b) || a === b || Math.abs(a - b) <= atol + rtol * Math.abs(b);
    if (!same) throw new LabError("internal", { what: `${what}[${i}]`, got: `${a}`, expected: `${b}` });
  }
}
