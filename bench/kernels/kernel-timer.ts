// Runs in the page: times single kernels, each on its own buffers, in turn, so that load on the machine affects all
// alike.
import { describeDevice } from "../../src/nn/runtime/device.ts";
import { uniformLength, type Capabilities, type Kernel } from "../../src/nn/kernels/kernel.ts";

export interface Candidate {
  readonly group: string;
  readonly name: string;
  readonly kernel: Kernel;
  /** Elements of each storage binding; all are filled alike, because any bits are valid for u32. */
  readonly sizes: readonly number[];
}

export interface Timing {
  readonly group: string;
  readonly name: string;
  readonly label: string;
  /** CPU milliseconds of the GPU process; NaN where unknown. */
  readonly compileMs: number;
  readonly bestMs: number;
  readonly medianMs: number;
  /** CPU milliseconds of the GPU process, which hardly depend on the load of the machine; NaN where unknown. */
  readonly cpuMs: number;
  readonly gflops: number;
}

/** Opens the page's adapter; `plain`: without subgroups. */
export async function openBench(
  plain: boolean,
  gpu: GPU = navigator.gpu,
): Promise<{ device: GPUDevice; caps: Capabilities; name: string }> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Error("no adapter");
  const features = (["subgroups", "shader-f16"] as const).filter((f) => !plain && adapter.features.has(f));
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  device.addEventListener("uncapturederror", (event) => console.error(event.error.message));
  const { info, capabilities } = describeDevice(device, adapter.info);
  return {
    device,
    caps: capabilities,
    name: `${info.vendor} ${info.architecture} subgroup ${capabilities.subgroup}`,
  };
}

/**
 * Times every candidate `rounds` times, in turn; a round repeats a kernel until it has run for about `roundMs`. `cpuMs`
 * returns the CPU time that the GPU process has used [ms].
 */
export async function timeKernels(
  device: GPUDevice,
  candidates: readonly Candidate[],
  rounds: number,
  roundMs = 60,
  cpuMs: () => Promise<number> = () => Promise.resolve(NaN),
): Promise<Timing[]> {
  const prepared = [];
  for (const candidate of candidates) prepared.push(await prepare(device, candidate, cpuMs));
  const times: number[][] = prepared.map(() => []);
  const repeats = [];
  for (const { run } of prepared)
    repeats.push(Math.min(200, Math.max(1, Math.round(roundMs / (await run(1))))));
  const cpu = prepared.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of prepared.entries()) {
      const before = await cpuMs();
      times[i]?.push(await run(repeats[i] ?? 1));
      cpu[i] = Math.min(cpu[i] ?? NaN, ((await cpuMs()) - before) / (repeats[i] ?? 1));
    }
  }
  return prepared.map(({ candidate, compileMs, destroy }, i) => {
    destroy();
    const sorted = (times[i] ?? []).sort((a, b) => a - b);
    const best = sorted[0] ?? NaN;
    return {
      group: candidate.group,
      name: candidate.name,
      label: candidate.kernel.label,
      compileMs,
      bestMs: best,
      cpuMs: cpu[i] ?? NaN,
      medianMs: sorted[sorted.length >> 1] ?? NaN,
      gflops: candidate.kernel.flops / best / 1e6,
    };
  });
}

async function prepare(device: GPUDevice, candidate: Candidate, cpuMs: () => Promise<number>) {
  const { kernel, sizes } = candidate;
  const started = await cpuMs();
  const module = device.createShaderModule({ code: kernel.wgsl, label: kernel.file });
  const entries: GPUBindGroupLayoutEntry[] = kernel.bindings.map((kind, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: kind === "read" ? "read-only-storage" : "storage" },
  }));
  const uniform = uniformLength(kernel) > 0;
  if (uniform) {
    entries.push({
      binding: entries.length,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform" },
    });
  }
  const layout = device.createBindGroupLayout({ entries });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const compileMs = (await cpuMs()) - started;
  const buffers = sizes.map((size) => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size: Math.max(16, size * 4), usage });
    device.queue.writeBuffer(
      buffer,
      0,
      Float32Array.from({ length: size }, (_, i) => ((i * 2654435761) % 1024) / 1024 - 0.5),
    );
    return buffer;
  });
  if (uniform) {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size: 256, usage });
    device.queue.writeBuffer(buffer, kernel.numbers * 4, Float32Array.from(kernel.sizes ?? []));
    buffers.push(buffer);
  }
  const bindGroup = device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  /** Milliseconds per dispatch, over `repeats` dispatches. */
  const run = async (repeats: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(...kernel.grid);
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / repeats;
  };
  await run(1);
  return { candidate, compileMs, run, destroy: () => buffers.forEach((buffer) => buffer.destroy()) };
}
