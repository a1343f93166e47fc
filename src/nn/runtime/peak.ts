// Measures the peak arithmetic and memory bandwidth of an adapter, in about a fifth of a second, for comparison with
// kernels. WebGPU reports neither. The peak is that of a shader, not that of a data sheet.

import arithmeticText from "../../../shaders/peak_arithmetic.wgsl?raw";
import memoryText from "../../../shaders/peak_memory.wgsl?raw";
import { specialise } from "../kernels/wgsl/specialise.ts";

/** Peak performance of an adapter; null where unknown. */
export interface AdapterPeak {
  /** f32 operations per second; a multiply-add counts as two. */
  readonly flopsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
}

const INVOCATIONS = 64 * 512;
/** Operations of one turn of peak_arithmetic.wgsl: 32 multiply-adds of two each. */
const FLOPS_A_TURN = 64;
/** Larger than the caches of common GPUs, within the default limits of WebGPU. */
const COPY_BYTES = 2 ** 26;
/** Minimum duration of a measurement [ms]: in a shorter one the cost of the submission distorts the result. */
const ENOUGH = 15;
const MAX_TURNS = 2 ** 15;
const ROUNDS = 3;

/** The best of a few rounds. `now` in ms. */
export async function measurePeak(device: GPUDevice, now = () => performance.now()): Promise<AdapterPeak> {
  const usage = GPUBufferUsage.STORAGE;
  const buffers = [INVOCATIONS * 4, COPY_BYTES, COPY_BYTES].map((size) =>
    device.createBuffer({ size, usage, label: "peak" }),
  );
  const [sums, ...copy] = buffers;
  let turns = 64;
  let flops = 0;
  for (let ms = 0; sums && ms < ENOUGH && turns <= MAX_TURNS; turns *= 4) {
    const code = specialise("peak_arithmetic.wgsl", arithmeticText, { constants: { TURNS: turns } });
    ms = await best(device, now, code, [sums], INVOCATIONS / 64);
    flops = (INVOCATIONS * turns * FLOPS_A_TURN) / (ms / 1000);
  }
  const ms = await best(device, now, memoryText, copy, COPY_BYTES / 16 / 256);
  for (const buffer of buffers) buffer.destroy();
  return { flopsPerSecond: flops, bytesPerSecond: (2 * COPY_BYTES) / (ms / 1000) };
}

/** Minimum time of a few dispatches [ms]; the first one only warms up. */
async function best(
  device: GPUDevice,
  now: () => number,
  code: string,
  buffers: readonly GPUBuffer[],
  groups: number,
): Promise<number> {
  const module = device.createShaderModule({ code, label: "peak" });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const layout = pipeline.getBindGroupLayout(0);
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const bound = device.createBindGroup({ layout, entries });
  let least = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bound);
    pass.dispatchWorkgroups(groups);
    pass.end();
    const start = now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    if (round > 0) least = Math.min(least, now() - start);
  }
  return Math.max(least, 1e-3);
}
