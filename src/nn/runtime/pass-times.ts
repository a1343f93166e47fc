// Measures the time of compute passes, each in a separate submission, so that a long program does not freeze the page.
// Uses timestamp queries if the device has them; else the clock, which adds about 40 microseconds per submission.

import { assert } from "../../error.ts";

/** Encodes the commands of a timed pass; does not end the pass. */
export type EncodePass = (pass: GPUComputePassEncoder) => void;

// A query set holds at most 4,096 entries, and a pass takes two.
const PER_SET = 1024;

/** Time of each pass [ms]. The passes run in order. */
export async function passTimes(device: GPUDevice, passes: readonly EncodePass[]): Promise<number[]> {
  await device.queue.onSubmittedWorkDone();
  const byQueries = device.features.has("timestamp-query");
  const times: number[] = [];
  for (let start = 0; start < passes.length; start += PER_SET) {
    const some = passes.slice(start, start + PER_SET);
    times.push(...(byQueries ? await byQuery(device, some) : await byClock(device, some)));
  }
  return times;
}

function submit(
  device: GPUDevice,
  encode: EncodePass,
  timestampWrites?: GPUComputePassTimestampWrites,
): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass({ timestampWrites });
  encode(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

async function byQuery(device: GPUDevice, passes: readonly EncodePass[]): Promise<number[]> {
  const count = 2 * passes.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size: 8 * count,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size: 8 * count,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  for (const [i, encode] of passes.entries())
    submit(device, encode, {
      querySet,
      beginningOfPassWriteIndex: 2 * i,
      endOfPassWriteIndex: 2 * i + 1,
    });
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
  for (const buffer of [resolved, staging]) buffer.destroy();
  querySet.destroy();
  return passes.map((_, i) => {
    const [begin, end] = [stamps[2 * i], stamps[2 * i + 1]];
    assert(begin !== undefined && end !== undefined, "a stamp for each end of each pass");
    return Math.max(0, Number(end - begin) / 1e6);
  });
}

async function byClock(device: GPUDevice, passes: readonly EncodePass[]): Promise<number[]> {
  const times: number[] = [];
  for (const encode of passes) {
    const start = performance.now();
    submit(device, encode);
    await device.queue.onSubmittedWorkDone();
    times.push(performance.now() - start);
  }
  return times;
}
