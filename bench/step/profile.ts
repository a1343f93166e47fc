// Profiles a step: time per kernel (timestamp queries), its distance to the adapter's limits, utilisation, memory.
//
//   npm run profile -- [--config C0] [--limits 233,49]      CHROMIUM=/path for another browser, LVP=1 for lavapipe
//
// Without --config the seed's own step at the software tier, Muon included; else the benchmark's model at that size.
// Limits are measured with shaders on the adapter itself, or given in GFLOP/s and GB/s.

import { parseArgs } from "node:util";
import { describeProfile, type StepProfile } from "../../src/nn/engine/step-profile.ts";
import { openBenchPage } from "../shared/chromium.ts";
import { seedCode } from "./seed-code.ts";
import { CONFIGS } from "./step-configs.ts";

const { values } = parseArgs({ options: { config: { type: "string" }, limits: { type: "string" } } });
const page = await openBenchPage({ lavapipe: process.env["LVP"] === "1" });
try {
  const profile = (await measure()) as StepProfile;
  const [flops, bytes] = values.limits?.split(",").map((giga) => Number(giga) * 1e9) ?? [];
  const given = flops !== undefined && bytes !== undefined;
  const peak = given ? { flopsPerSecond: flops, bytesPerSecond: bytes } : profile.peak;
  console.log(describeProfile({ ...profile, peak }, Infinity));
} finally {
  await page.close();
}

async function measure(): Promise<unknown> {
  if (values.config === undefined) {
    return page.call("/bench/step/compile-page.ts", "profileSeed", await seedCode(page));
  }
  const config = CONFIGS[values.config];
  if (!config) throw new Error(`--config: got ${values.config}, expected ${Object.keys(CONFIGS).join(", ")}`);
  return page.call("/bench/step/step-page.ts", "profileStep", config);
}
