// In the page: the contestants take turns, one step each, so that load on the machine affects all alike.

import { openContestant, type Name } from "./contestants.ts";
import { makeProblem } from "../peers/problem.ts";
import type { StepConfig } from "./step-configs.ts";

declare function gpuCpuMs(): Promise<number>;

export interface TurnOptions {
  readonly config: StepConfig;
  readonly names: readonly Name[];
  readonly rounds: number;
  readonly clip: boolean;
  /** Epsilon of the norms with a gain. */
  readonly epsilon: number;
}

export interface TurnResult {
  readonly name: Name;
  /** Losses of the first steps, on the same weights and batches: equal losses show that all compute the same. */
  readonly firstLosses: readonly number[];
  /** Milliseconds of each round; null for a skipped turn. */
  readonly ms: readonly (number | null)[];
  /** CPU milliseconds of the GPU process in each round; null for a skipped turn. */
  readonly cpuMs: readonly (number | null)[];
  /** Counts in one step. */
  readonly dispatches: number;
  readonly submits: number;
  readonly bindGroups: number;
}

/** Steps before the timed ones: the first compiles, the others let caches and pools settle. */
const WARM_UP = 2;
/** A contestant that takes this many times as long as the first one takes only every fourth turn. */
const SLOW = 8;

export async function takeTurns(options: TurnOptions): Promise<TurnResult[]> {
  const { config, names, rounds, clip, epsilon } = options;
  const problem = makeProblem(config, epsilon);
  const contestants = [];
  for (const name of names) {
    const contestant = await openContestant(name, problem, clip);
    const firstLosses: number[] = [];
    const counts = { dispatches: 0, submits: 0, bindGroups: 0 };
    let last = 0;
    for (let i = 0; i < WARM_UP; i++) {
      const start = performance.now();
      const stop = i === WARM_UP - 1 ? count(counts) : null;
      firstLosses.push(await contestant.step());
      stop?.();
      last = performance.now() - start;
    }
    const [ms, cpuMs]: [(number | null)[], (number | null)[]] = [[], []];
    contestants.push({ name, contestant, firstLosses, counts, ms, cpuMs, last });
  }
  for (let round = 0; round < rounds; round++)
    for (const { contestant, ms, cpuMs, last } of contestants) {
      if (round % 4 > 0 && last > SLOW * (contestants[0]?.last ?? 0)) {
        ms.push(null);
        cpuMs.push(null);
        continue;
      }
      const [cpu, start] = [await gpuCpuMs(), performance.now()];
      await contestant.step();
      ms.push(performance.now() - start);
      cpuMs.push((await gpuCpuMs()) - cpu);
    }
  return contestants.map(({ name, firstLosses, counts, ms, cpuMs }) => ({
    name,
    firstLosses,
    ms,
    cpuMs,
    ...counts,
  }));
}

/** Counts all calls of WebGPU until the returned function is called. */
function count(counts: { dispatches: number; submits: number; bindGroups: number }): () => void {
  const undo = [
    tally(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counts.dispatches++),
    tally(GPUComputePassEncoder.prototype, "dispatchWorkgroupsIndirect", () => counts.dispatches++),
    tally(GPUQueue.prototype, "submit", () => counts.submits++),
    tally(GPUDevice.prototype, "createBindGroup", () => counts.bindGroups++),
  ];
  return () => {
    for (const back of undo) back();
  };
}

function tally<K extends string>(
  owner: Record<K, (...args: never[]) => unknown>,
  name: K,
  each: () => void,
): () => void {
  const original = owner[name];
  owner[name] = function (this: unknown, ...args: never[]) {
    each();
    return original.apply(this, args);
  };
  return () => {
    owner[name] = original;
  };
}
