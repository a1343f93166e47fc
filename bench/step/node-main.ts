// The bundle of bench/step/node.ts: the step, and one product through all its variants, on Node's WebGPU. It needs only
// the package `webgpu` beside it, so it can be copied to a machine with a real GPU.

import { parseArgs } from "node:util";
import { describeProfile, Engine } from "../../src/nn/index.ts";
import { halve } from "../../src/nn/kernels/wgsl/f16-storage.ts";
import { matmulVariants } from "../../src/nn/kernels/layers/matmul.ts";
import { nodeGpu } from "../../src/nn/runtime/node.ts";
import { openBench, timeKernels } from "../kernels/kernel-timer.ts";
import { median } from "../shared/median.ts";
import { CONFIGS, type StepConfig } from "./step-configs.ts";
import { openStep } from "./step-model.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string", default: "C0,C1" },
    steps: { type: "string", default: "20" },
    kernels: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    size: { type: "string", default: "4096" },
    f16: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
  },
});

const gpu = await nodeGpu();
if (values.kernels) await kernels(Number(values.size), values.f16);
else
  for (const name of values.config.split(",")) {
    const config = CONFIGS[name];
    if (!config) throw new Error(`--config: got ${name}, expected ${Object.keys(CONFIGS).join(", ")}`);
    await steps(name, config, Number(values.steps));
  }
// Explicit, because a `GPU` that goes out of scope destroys its devices, and an idle one keeps the process alive.
process.exit(0);

/** Prints one JSON line: steps that are each awaited, and steps with two in flight, as the lab runs them. */
async function steps(name: string, config: StepConfig, count: number): Promise<void> {
  const engine = await Engine.create({ gpu });
  const bench = await openStep(config, engine);
  for (let i = 0; i < 3; i++) await bench.step();
  const ms: number[] = [];
  const javascript: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await bench.step();
    ms.push(performance.now() - start);
    javascript.push(bench.javascriptMs());
  }
  const start = performance.now();
  await bench.run(count);
  const inFlight = (performance.now() - start) / count;
  const { vendor, architecture, device, description } = engine.adapterInfo;
  console.log(
    JSON.stringify({
      config: name,
      adapter: [vendor, architecture, device, description].filter(Boolean).join(" "),
      subgroups: engine.capabilities.subgroup,
      steps: count,
      medianMs: Number(median(ms).toFixed(3)),
      inFlightMs: Number(inFlight.toFixed(3)),
      tokensPerSecond: Math.round((config.B * config.T * 1000) / inFlight),
      dispatches: engine.dispatches,
      javascriptMs: Number(median(javascript).toFixed(2)),
      peakBytes: engine.memory().peak,
    }),
  );
  if (values.profile)
    console.log(describeProfile(await engine.stepProfile(await engine.measurePeak(), inFlight), 20));
  engine.close();
}

/** Times [size, size] by [size, size] with every variant of this adapter, in turn; the default comes first. */
async function kernels(size: number, f16: boolean): Promise<void> {
  const { device, caps, name } = await openBench(false, gpu);
  if (f16 && !caps.f16) throw new Error(`--f16: ${name} has no shader-f16`);
  console.log(`${name}: ${size}x${size}x${size}, ${f16 ? "f16 in memory, f32 sums" : "f32"}`);
  const shape = { batch: 1, m: size, n: size, k: size, transposeA: false, transposeB: false };
  const half = { load: 0, store: 0 };
  const halves = new Map(f16 ? [0, 1, 2].map((binding) => [binding, half]) : []);
  const square = (size * size) / (f16 ? 2 : 1);
  const candidates = matmulVariants(caps, shape).map((variant) => ({
    group: "matmul",
    name: variant.name,
    kernel: halve(variant.kernel, halves),
    sizes: [square, square, square],
  }));
  for (const timing of await timeKernels(device, candidates, Number(values.rounds), 100))
    console.log(
      `${timing.name.padEnd(24)} best ${timing.bestMs.toFixed(3)} ms, median ${timing.medianMs.toFixed(3)} ms, ${timing.gflops.toFixed(0)} GFLOP/s`,
    );
}
