// The benchmark's step in a page.

import { Engine, type StepProfile } from "../../src/nn/index.ts";
import { median } from "../shared/median.ts";
import type { StepConfig } from "./step-configs.ts";
import { openStep } from "./step-model.ts";

interface StepResult {
  readonly adapter: string;
  readonly subgroups: number;
  readonly cfg: StepConfig;
  readonly steps: number;
  readonly medianMs: number;
  readonly bestMs: number;
  readonly tokensPerSecond: number;
  readonly gpuCpuSecondsPerStep: number;
  readonly dispatches: number;
  /** Wall time from the first recorded operation to the last submission, the median. */
  readonly javascriptMs: number;
  /** The first step: building its plan and compiling its kernels. */
  readonly planMs: number;
  /** Building the plan alone. */
  readonly drawMs: number;
  readonly loss: number;
  readonly peakBytes: number;
}

declare function gpuCpuMs(): Promise<number>;

export async function runStep(cfg: StepConfig, steps: number): Promise<StepResult> {
  // With line numbers, as in the trainer.
  const engine = await Engine.create({ source: "step-model.ts" });
  const opened = performance.now();
  const bench = await openStep(cfg, engine);
  const planMs = performance.now() - opened;
  const { drawMs } = engine.backend;
  const ms: number[] = [];
  const javascript: number[] = [];
  await bench.step();
  const cpu = await gpuCpuMs();
  let loss = NaN;
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    loss = await bench.step();
    ms.push(performance.now() - start);
    javascript.push(bench.javascriptMs());
  }
  const used = ((await gpuCpuMs()) - cpu) / 1000;
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
    drawMs: round(drawMs, 0),
    loss: round(loss, 4),
    peakBytes: engine.memory().peak,
  };
  engine.close();
  return result;
}

/** A profile of one step, with the adapter's own limits. */
export async function profileStep(cfg: StepConfig): Promise<StepProfile> {
  const engine = await Engine.create();
  const bench = await openStep(cfg, engine);
  await bench.step();
  const start = performance.now();
  await bench.step();
  const ms = performance.now() - start;
  const profile = await engine.stepProfile(await engine.measurePeak(), ms);
  engine.close();
  return profile;
}
