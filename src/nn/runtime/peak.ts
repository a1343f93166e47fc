// What an adapter can do at most, measured in about a fifth of a second: the two limits every kernel is held against.
// WebGPU tells neither. What a shader reaches is taken, not what the data sheet says.

import arithmeticText from "../../../shaders/peak_arithmetic.wgsl?raw";
import memoryText from "../../../shaders/peak_memory.wgsl?raw";
import { specialise } from "../kernels/wgsl/specialise.ts";

/** What an adapter can do at most; null where unknown. */
export interface AdapterPeak {
  /** f32 operations a second, a multiply-add counted as two. */
  readonly flopsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
}

const INVOCATIONS = 64 * 512;
/** Multiply-adds of one turn of peak_arithmetic.wgsl, as two operations each. */
const FLOPS_A_TURN = 64;
/** Larger than any cache worth the name, within the default limits. */
const COPY_BYTES = 2 ** 26;
/** A measurement is long enough from here on [ms]; below, what starts it counts too much. */
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

/** Least milliseconds of a few dispatches, the first of which only warms up. */
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
