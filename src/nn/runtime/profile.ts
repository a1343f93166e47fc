// Time per kernel. Timestamp queries where the device has them; else each dispatch in a submission of its own,
// timed by the clock, which adds the 40-odd microseconds of a submission to each.

import { assert } from "../../error.ts";
import { encode } from "./program.ts";
import type { Program } from "./program.ts";

export interface KernelTime {
  readonly label: string;
  readonly file: string;
  readonly ms: number;
  readonly flops: number;
  readonly bytes: number;
}

// A query set holds at most 4,096 entries.
const PER_SET = 1024;

/** Runs the program once more, kernel by kernel, with the numbers of its last run: a real step, not a rehearsal. */
export async function profile(device: GPUDevice, program: Program): Promise<KernelTime[]> {
  await device.queue.onSubmittedWorkDone();
  const times: number[] = [];
  for (let start = 0; start < program.steps.length; start += PER_SET) {
    const steps = program.steps.slice(start, start + PER_SET);
    times.push(
      ...(device.features.has("timestamp-query")
        ? await byQuery(device, steps)
        : await byClock(device, steps)),
    );
  }
  return program.steps.map(({ dispatch: { kernel } }, i) => ({
    label: kernel.label,
    file: kernel.file,
    ms: times[i] ?? 0,
    flops: kernel.flops,
    bytes: kernel.bytes,
  }));
}

async function byQuery(device: GPUDevice, steps: Program["steps"]): Promise<number[]> {
  const count = steps.length * 2;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
  const resolved = device.createBuffer({ size: count * 8, usage });
  const staging = device.createBuffer({
    size: count * 8,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  // A submission each, so that a long program still does not freeze the page.
  for (const [i, step] of steps.entries()) {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 },
    });
    encode(pass, step);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
  for (const buffer of [resolved, staging]) buffer.destroy();
  querySet.destroy();
  return steps.map((_, i) => {
    const [begin, end] = [stamps[2 * i], stamps[2 * i + 1]];
    assert(begin !== undefined && end !== undefined, "a stamp for each end of each pass");
    return Math.max(0, Number(end - begin) / 1e6);
  });
}

async function byClock(device: GPUDevice, steps: Program["steps"]): Promise<number[]> {
  const times: number[] = [];
  for (const step of steps) {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass, step);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    times.push(performance.now() - start);
  }
  return times;
}
