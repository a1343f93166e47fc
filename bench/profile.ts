// Time per kernel, with its arithmetic and the bytes it moves at least once: where a step goes.
//
//   npm run profile -- [--config C0]      CHROMIUM=/path for another browser
//
// Without --config the seed's own step at the software tier, Muon and all; else the benchmark's model at that size.

import { parseArgs } from "node:util";
import { transform } from "sucrase";
import { openBenchPage } from "./chromium.ts";
import { CONFIGS } from "./step-configs.ts";
import type { KernelSum } from "./step-page.ts";

const { values } = parseArgs({ options: { config: { type: "string" } } });
const page = await openBenchPage({ lavapipe: process.env["LVP"] === "1" });
try {
  const rows = (await profile()) as KernelSum[];
  const sum = (pick: (row: KernelSum) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const ms = sum((row) => row.ms);
  console.log(line("", "ms", "%", "n", "GFLOP", "GFLOP/s", "MB", "GB/s"));
  for (const row of rows) console.log(describe(row.label, row, ms));
  const total = {
    label: "",
    ms,
    count: sum((row) => row.count),
    flops: sum((row) => row.flops),
    bytes: sum((row) => row.bytes),
  };
  console.log(describe("all", total, ms));
} finally {
  await page.close();
}

async function profile(): Promise<unknown> {
  if (values.config === undefined) {
    const source = (await page.call("/bench/compile-page.ts", "seedSource")) as string;
    const code = transform(source, { transforms: ["typescript"] }).code.replace(/^import .*$/gm, "");
    return page.call("/bench/compile-page.ts", "profileSeed", code);
  }
  const config = CONFIGS[values.config];
  if (!config) throw new Error(`--config: got ${values.config}, expected ${Object.keys(CONFIGS).join(", ")}`);
  return page.call("/bench/step-page.ts", "profileStep", config);
}

function describe(label: string, { ms, count, flops, bytes }: KernelSum, whole: number): string {
  const rate = (amount: number) => (ms > 0 ? (amount / ms / 1e6).toFixed(2) : "");
  const cells = [ms.toFixed(2), ((100 * ms) / whole).toFixed(1), String(count)];
  return line(label, ...cells, (flops / 1e9).toFixed(3), rate(flops), (bytes / 1e6).toFixed(2), rate(bytes));
}

function line(label: string, ...cells: string[]): string {
  return `${label.padEnd(44)}${cells.map((cell) => cell.padStart(9)).join("")}`;
}
