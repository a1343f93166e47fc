// Measures the compilation of the seed before its first step and its first score, in headless Chromium: number of
// pipelines, CPU milliseconds of the GPU process, the slowest ones.
//
//   npx tsx bench/step/compile.ts [--serial] [--again 1] [--all]
//
// --serial compiles one after the other, which gives the CPU time of each. --again repeats everything on new devices.
import { parseArgs } from "node:util";
import { openBenchPage } from "../shared/chromium.ts";
import type { CompileResult } from "./compile-page.ts";
import { seedCode } from "./seed-code.ts";

const { values } = parseArgs({
  options: {
    serial: { type: "boolean", default: false },
    again: { type: "string", default: "0" },
    all: { type: "boolean", default: false },
  },
});
const page = await openBenchPage();
try {
  const args = [await seedCode(page), values.serial, Number(values.again)];
  const results = (await page.call("/bench/step/compile-page.ts", "compileSeed", ...args)) as CompileResult[];
  for (const { stage, pipelines, cpuMs, wallMs, rows } of results) {
    console.log(`${stage}: ${pipelines} pipelines, ${cpuMs.toFixed(0)} CPU ms, ${wallMs.toFixed(0)} ms`);
    if (!values.serial) continue;
    const dearest = [...rows].sort((a, b) => b.cpuMs - a.cpuMs).slice(0, values.all ? 100 : 12);
    for (const row of dearest)
      console.log(
        `${row.cpuMs.toFixed(1).padStart(8)} CPU ms  ${String(row.codeLength).padStart(6)} chars  ${row.label}`,
      );
  }
} finally {
  await page.close();
}
