// Times one training step of an ordinary train.ts-like model (bench/step-model.ts) in headless Chromium.
//
//   npm run bench -- [--config C0] [--steps 4] [--json]      CHROMIUM=/path for another browser
//
// Prints median and best milliseconds a step, tokens per second, CPU seconds of the GPU process per step (which moves
// less than wall time when the machine is loaded), dispatches, JavaScript per step. LVP=1: lavapipe through its shim.

import { parseArgs } from "node:util";
import { openBenchPage } from "./chromium.ts";
import { CONFIGS } from "./step-configs.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string", default: "C0" },
    steps: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
  },
});
const config = CONFIGS[values.config];
if (!config) throw new Error(`--config: got ${values.config}, expected ${Object.keys(CONFIGS).join(", ")}`);

const page = await openBenchPage({ lavapipe: process.env["LVP"] === "1" });
try {
  const result = await page.call("/bench/step-page.ts", "runStep", config, Number(values.steps));
  console.log(values.json ? JSON.stringify(result) : result);
} finally {
  await page.close();
}
