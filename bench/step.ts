// Times one training step of an ordinary train.ts-like model (bench/step-model.ts) in headless Chromium.
//
//   npx tsx bench/step.ts [--config C0] [--steps 4] [--json] [--profile]      CHROMIUM=/path for another browser
//
// Prints median and best milliseconds a step, tokens per second, CPU seconds of the GPU process per step (which hardly
// moves when the machine is loaded), dispatches, JavaScript per step. LVP=1: lavapipe through its shim.

import { readdirSync, readFileSync, existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { createServer } from "vite";
import { CONFIGS } from "./step-configs.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string", default: "C0" },
    steps: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
  },
});
const config = CONFIGS[values.config];
if (!config) throw new Error(`--config: got ${values.config}, expected ${Object.keys(CONFIGS).join(", ")}`);
const executablePath =
  process.env["CHROMIUM"] ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const lavapipe = process.env["LVP"] === "1";

/** Seconds of CPU used so far by this run's own GPU process (Linux). */
function gpuCpuSeconds(): number {
  const stat = (pid: string) => {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, "utf8");
      return text.slice(text.lastIndexOf(")") + 2).split(" ");
    } catch {
      return null; // It ended in the meantime.
    }
  };
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [pid, stat(pid)?.[1]]),
  );
  const mine = (pid: string) => {
    for (let p: string | undefined = pid; p; p = parents.get(p)) if (p === String(process.pid)) return true;
    return false;
  };
  for (const pid of parents.keys()) {
    if (!mine(pid) || !existsSync(`/proc/${pid}/cmdline`)) continue;
    if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=gpu-process")) continue;
    const fields = stat(pid) ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return NaN;
}

const server = await createServer({
  configFile: false,
  appType: "custom",
  logLevel: "error",
  optimizeDeps: { noDiscovery: true },
  server: { port: 0, hmr: false },
});
server.middlewares.use("/bench.html", (_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><meta charset=utf-8><link rel=icon href=data:,><title>bench</title>");
});
await server.listen();
const browser = await chromium.launch({
  executablePath,
  env: { ...process.env, ...(lavapipe ? { LVP_SHIM_TYPE: "s" } : {}) } as Record<string, string>,
  args: [
    "--no-sandbox",
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    ...(lavapipe ? ["--disable-gpu-sandbox"] : []),
  ],
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") console.error(message.text());
  });
  await page.exposeFunction("gpuCpuSeconds", gpuCpuSeconds);
  await page.goto(`${server.resolvedUrls?.local[0] ?? ""}bench.html`);
  const call = values.profile
    ? `profileStep(${JSON.stringify(config)})`
    : `runStep(${JSON.stringify(config)}, ${Number(values.steps)})`;
  const result: unknown = await page.evaluate(`import("/bench/step-page.ts").then((page) => page.${call})`);
  if (values.profile) {
    const rows = result as { label: string; ms: number; count: number }[];
    for (const { label, ms, count } of rows)
      console.log(`${ms.toFixed(2).padStart(8)} ms  ${String(count).padStart(3)} × ${label}`);
    console.log(
      `${rows.reduce((sum, row) => sum + row.ms, 0).toFixed(1)} ms in ${rows.reduce((sum, row) => sum + row.count, 0)} dispatches`,
    );
  } else console.log(values.json ? JSON.stringify(result) : result);
} finally {
  await browser.close();
  await server.close();
}
