// A headless Chromium on a software adapter for every bench, with this repository's modules served to its page. It
// measures the CPU time of its GPU process, which, unlike wall time, hardly depends on the load of the machine.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { createServer, type Plugin } from "vite";

interface BenchPage {
  /** Calls an export of a module of the repository, in the page. Arguments and result are passed as JSON. */
  call(module: string, name: string, ...args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

interface BenchOptions {
  /**
   * For a Chromium with lavapipe as software adapter (LVP=1 in the environment, CHROMIUM its path) instead of
   * SwiftShader.
   */
  readonly lavapipe?: boolean;
  readonly plugins?: Plugin[];
  /** Scripts served unchanged, by path: bundles of the peers, the prototype. */
  readonly scripts?: ReadonlyMap<string, string>;
}

/**
 * Opens the page, where `gpuCpuMs()` returns the CPU milliseconds of the GPU process so far. CHROMIUM=/path selects
 * another browser.
 */
export async function openBenchPage({
  lavapipe = false,
  plugins = [],
  scripts = new Map(),
}: BenchOptions = {}): Promise<BenchPage> {
  const executablePath =
    process.env["CHROMIUM"] ??
    ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
  const path = (file: string) => new URL(file, import.meta.url).pathname;
  const server = await createServer({
    configFile: false,
    appType: "custom",
    logLevel: "error",
    optimizeDeps: { noDiscovery: true },
    server: { port: 0, hmr: false },
    resolve: { alias: [{ find: /^nn$/, replacement: path("../../src/nn/api.ts") }] },
    plugins,
  });
  server.middlewares.use("/bench.html", (_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><meta charset=utf-8><link rel=icon href=data:,><title>bench</title>");
  });
  for (const [path, text] of scripts)
    server.middlewares.use(path, (_request, response) => {
      response.setHeader("content-type", "text/javascript");
      response.end(text);
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
  const page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") console.error(message.text());
  });
  await page.exposeFunction("gpuCpuMs", gpuCpuMs);
  await page.goto(`${server.resolvedUrls?.local[0] ?? ""}bench.html`);
  return {
    call: (module, name, ...args) =>
      page.evaluate(`import(${JSON.stringify(module)}).then((m) => m.${name}(...${JSON.stringify(args)}))`),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** CPU milliseconds so far of the GPU process of this run's browser (Linux; NaN elsewhere). */
export function gpuCpuMs(): number {
  if (!existsSync("/proc/self/task")) return NaN;
  const read = (path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return ""; // the process has ended in the meantime
    }
  };
  const parents = new Map<string, string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    parents.set(pid, read(`/proc/${pid}/stat`).replace(/^.*\) \S+ (\d+) [^]*$/, "$1"));
  const ours = (pid: string | undefined): boolean =>
    pid !== undefined && (pid === String(process.pid) || ours(parents.get(pid)));
  const gpu = [...parents.keys()].find(
    (pid) => read(`/proc/${pid}/cmdline`).includes("--type=gpu-process") && ours(pid),
  );
  if (gpu === undefined) return NaN;
  const threads = readdirSync(`/proc/${gpu}/task`);
  const nanoseconds = threads.map((t) => Number(read(`/proc/${gpu}/task/${t}/schedstat`).split(" ")[0]));
  return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1e6;
}
