// Times one training step of an ordinary train.ts-like model (bench/step/step-model.ts) in headless Chromium.
//
//   npm run bench -- [--config C0] [--steps 4] [--json]      CHROMIUM=/path for another browser
//   npm run bench -- --config seed --steps 150               tokens a second of the lab's seed on a software adapter, without the lab
//   npm run bench -- --peers [--config C0] [--steps 4]       against jax-js and tfjs, in turn; C0 and C1 by default;
//                                                          --against jax-js for one of them
//   npm run bench -- --prototype FOLDER                      against a step.js fused by hand, in turn
//
// Prints median and best milliseconds a step, tokens per second, CPU seconds of the GPU process per step (which vary
// less than wall time under load), dispatches, JavaScript per step. LVP=1: lavapipe through its shim.

import { parseArgs } from "node:util";
import { openBenchPage } from "../shared/chromium.ts";
import type { Name } from "./contestants.ts";
import { seedCode } from "./seed-code.ts";
import { CONFIGS, type StepConfig } from "./step-configs.ts";
import { runTurns } from "./turns.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string" },
    steps: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    against: { type: "string", default: "jax-js,tfjs" },
    prototype: { type: "string" },
  },
});
const lavapipe = process.env["LVP"] === "1";
const steps = Number(values.steps);

if (values.peers || values.prototype !== undefined) {
  const names = values.config === undefined ? ["C0", "C1"] : [values.config];
  await runTurns({
    configs: Object.fromEntries(names.map((name) => [name, configOf(name)])),
    rounds: steps,
    peers: values.peers ? (values.against.split(",") as Name[]) : [],
    prototype: values.prototype ?? null,
    lavapipe,
    json: values.json,
  });
} else {
  const page = await openBenchPage({ lavapipe });
  try {
    const result =
      values.config === "seed"
        ? await page.call("/bench/step/compile-page.ts", "runSeed", await seedCode(page), steps)
        : await page.call("/bench/step/step-page.ts", "runStep", configOf(values.config ?? "C0"), steps);
    console.log(values.json ? JSON.stringify(result) : result);
  } finally {
    await page.close();
  }
}

function configOf(name: string): StepConfig {
  const config = CONFIGS[name];
  if (!config) throw new Error(`--config: got ${name}, expected ${Object.keys(CONFIGS).join(", ")}`);
  return config;
}
