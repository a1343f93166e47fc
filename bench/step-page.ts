// The benchmark's step in a page. The prototype, when there is one, takes turns with it on a device of its own.

import { Engine } from "../src/nn/index.ts";
import type { StepConfig } from "./step-configs.ts";
import { openStep } from "./step-model.ts";

export interface StepResult {
  readonly adapter: string;
  readonly subgroups: number;
  readonly cfg: StepConfig;
  readonly steps: number;
  readonly medianMs: number;
  readonly bestMs: number;
  readonly tokensPerSecond: number;
  readonly gpuCpuSecondsPerStep: number;
  readonly dispatches: number;
  readonly javascriptMs: number;
  readonly planMs: number;
  readonly loss: number;
  readonly peakBytes: number;
}

declare function gpuCpuSeconds(): Promise<number>;

export async function runStep(cfg: StepConfig, steps: number): Promise<StepResult> {
  const engine = await Engine.create();
  const opened = performance.now();
  const bench = await openStep(cfg, engine);
  const planMs = performance.now() - opened;
  const ms: number[] = [];
  const javascript: number[] = [];
  await bench.step();
  const cpu = await gpuCpuSeconds();
  let loss = NaN;
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    loss = await bench.step();
    ms.push(performance.now() - start);
    javascript.push(bench.javascriptMs());
  }
  const used = (await gpuCpuSeconds()) - cpu;
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
  const { vendor, architecture } = engine.adapterInfo;
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  const result = {
    adapter: `${vendor} ${architecture}`,
    subgroups: engine.capabilities.subgroup,
    cfg,
    steps,
    medianMs: round(median(ms), 1),
    bestMs: round(Math.min(...ms), 1),
    tokensPerSecond: round(((cfg.B * cfg.T) / median(ms)) * 1e3, 1),
    gpuCpuSecondsPerStep: round(used / steps, 3),
    dispatches: engine.dispatches,
    javascriptMs: round(median(javascript), 2),
    planMs: round(planMs, 0),
    loss: round(loss, 4),
    peakBytes: engine.memory().peak,
  };
  engine.close();
  return result;
}

/** Milliseconds per kernel of one step, largest first. */
export async function profileStep(cfg: StepConfig): Promise<{ label: string; ms: number; count: number }[]> {
  const engine = await Engine.create();
  const bench = await openStep(cfg, engine);
  await bench.step();
  const times = new Map<string, { label: string; ms: number; count: number }>();
  for (const { label, ms } of await engine.profile()) {
    const entry = times.get(label) ?? { label, ms: 0, count: 0 };
    times.set(label, { label, ms: entry.ms + ms, count: entry.count + 1 });
  }
  engine.close();
  return [...times.values()].sort((a, b) => b.ms - a.ms);
}
