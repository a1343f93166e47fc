// Times every variant of the hot kernels in headless Chromium: the default choices come from these measurements.
//
//   npx tsx bench/kernels/kernels.ts [--filter "nt 1024"] [--rounds 3] [--plain]      CHROMIUM=/path for another browser
//
// --plain disables subgroups. LVP_SHIM_TYPE=s in the environment is passed on to a Chromium on lavapipe.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { createServer } from "vite";
import type { Timing } from "./kernel-timer.ts";

const { values } = parseArgs({
  options: {
    filter: { type: "string", default: "" },
    rounds: { type: "string", default: "3" },
    plain: { type: "boolean", default: false },
  },
});
const executablePath =
  process.env["CHROMIUM"] ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));

const server = await createServer({
  configFile: false,
  appType: "custom",
  optimizeDeps: { noDiscovery: true },
  logLevel: "error",
  server: { port: 0, hmr: false },
});
server.middlewares.use("/bench.html", (_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><meta charset=utf-8><title>bench</title><link rel=icon href=data:,>");
});
await server.listen();
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    ...(process.env["LVP_SHIM_TYPE"] === undefined ? [] : ["--disable-gpu-sandbox"]),
  ],
});
const page = await browser.newPage();
page.on("console", (message) => {
  if (message.type() === "error") console.error(message.text());
});
await page.exposeFunction("gpuCpuMs", gpuCpuMs);
await page.goto(`${server.resolvedUrls?.local[0] ?? ""}bench.html`);
const options = { filter: values.filter, rounds: Number(values.rounds), plain: values.plain };
const { adapter, timings } = (await page.evaluate(
  `import("/bench/kernels/kernel-cases.ts").then((cases) => cases.run(${JSON.stringify(options)}))`,
)) as { adapter: string; timings: Timing[] };
console.log(adapter);
for (const t of timings) {
  const cells = [
    t.cpuMs.toFixed(2).padStart(8),
    t.bestMs.toFixed(2).padStart(8),
    t.medianMs.toFixed(2).padStart(8),
    t.gflops.toFixed(2).padStart(6),
  ];
  console.log(
    `${t.group.padEnd(36)} ${t.name.padEnd(20)} ${cells.join(" ")} GFLOP/s  compile ${t.compileMs.toFixed(0)} ms`,
  );
}

/** CPU milliseconds so far of the GPU process of this run's browser; they hardly depend on the load of the machine. */
function gpuCpuMs(): number {
  const parents = new Map<string, string>();
  const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    parents.set(pid, read(`/proc/${pid}/stat`).replace(/^.*\) \S+ (\d+) [^]*$/, "$1"));
  }
  const ours = (pid: string | undefined): boolean =>
    pid !== undefined && (pid === String(process.pid) || ours(parents.get(pid)));
  const gpu = [...parents.keys()].find(
    (pid) => read(`/proc/${pid}/cmdline`).includes("--type=gpu-process") && ours(pid),
  );
  const threads = readdirSync(`/proc/${gpu ?? "self"}/task`);
  const nanoseconds = threads.map((t) =>
    Number(read(`/proc/${gpu ?? "self"}/task/${t}/schedstat`).split(" ")[0]),
  );
  return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

// The time of the matmuls in one step of C0, with the default variants and with the best ones.
const groups = [...new Set(timings.map((t) => t.group))].filter((g) => /\((\d+)\)$/.test(g));
const total = (pick: (ts: Timing[]) => number) =>
  groups.reduce(
    (sum, g) => sum + Number(/\((\d+)\)$/.exec(g)?.[1]) * pick(timings.filter((t) => t.group === g)),
    0,
  );
console.log(
  `matmuls of a step: default ${total((ts) => ts[0]?.cpuMs ?? NaN).toFixed(0)} CPU ms, best ${total((ts) => Math.min(...ts.map((t) => t.cpuMs))).toFixed(0)} ms`,
);
await browser.close();
await server.close();
