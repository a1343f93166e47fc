// How long dispatches take, best of some rounds in which they take turns. Browsers round timestamps to 0.1 ms, so a
// dispatch is repeated until a pass lasts long enough to be told from another.

import { assert } from "../../error.ts";
import type { Program, Runtime } from "../runtime/index.ts";
import { encode } from "../runtime/program.ts";

/** A pass lasts about so long [ms]: twenty times what a browser rounds by. */
const PASS_MS = 2;
const MOST_REPEATS = 200;
const ROUNDS = 3;
/** Slower than this times the best of the first round: not measured again. */
const HOPELESS = 1.5;

/**
 * Milliseconds of one run of each program, Infinity for those far behind. Each program is a single dispatch.
 * `guessMs` is what one run may take.
 */
export async function timePrograms(
  runtime: Runtime,
  programs: readonly Program[],
  guessMs: number,
): Promise<number[]> {
  const best: number[] = programs.map(() => Infinity);
  let running = programs.map((_, i) => i);
  let repeats = Math.max(1, Math.min(MOST_REPEATS, Math.round(PASS_MS / guessMs)));
  for (let round = 0; round < ROUNDS; round++) {
    const passes = running.flatMap((i) => programs[i] ?? []);
    const times = runtime.device.features.has("timestamp-query")
      ? await byQuery(runtime.device, passes, repeats)
      : await byClock(runtime.device, passes, repeats);
    running.forEach((i, at) => {
      best[i] = Math.min(best[i] ?? Infinity, (times[at] ?? Infinity) / repeats);
    });
    const least = Math.min(...best);
    running = running.filter((i) => (best[i] ?? Infinity) <= HOPELESS * least);
    if (running.length < 2) break;
    // A pass that reads 0 was shorter than the clock can tell.
    repeats = Math.max(
      1,
      Math.min(MOST_REPEATS, Math.ceil(PASS_MS / Math.max(least, PASS_MS / MOST_REPEATS))),
    );
  }
  return best;
}

function encodePass(pass: GPUComputePassEncoder, program: Program, repeats: number): void {
  const [step] = program.steps;
  assert(step, "a program of one dispatch");
  for (let i = 0; i < repeats; i++) encode(pass, step);
  pass.end();
}

async function byQuery(device: GPUDevice, programs: readonly Program[], repeats: number): Promise<number[]> {
  const count = 2 * programs.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size: 8 * count,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size: 8 * count,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  for (const [i, program] of programs.entries()) {
    const encoder = device.createCommandEncoder();
    const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
    encodePass(encoder.beginComputePass({ timestampWrites }), program, repeats);
    device.queue.submit([encoder.finish()]);
  }
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
  for (const buffer of [resolved, staging]) buffer.destroy();
  querySet.destroy();
  return programs.map((_, i) => {
    const [begin, end] = [stamps[2 * i], stamps[2 * i + 1]];
    assert(begin !== undefined && end !== undefined, "a stamp for each end of each pass");
    return Math.max(0, Number(end - begin) / 1e6);
  });
}

async function byClock(device: GPUDevice, programs: readonly Program[], repeats: number): Promise<number[]> {
  const times: number[] = [];
  for (const program of programs) {
    await device.queue.onSubmittedWorkDone();
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    encodePass(encoder.beginComputePass(), program, repeats);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    times.push(performance.now() - start);
  }
  return times;
}
