// Measures whether the page's memory grows over a night: a study of short runs on the built page (`npm run build`),
// with the memory of its processes from /proc (Linux) and the JavaScript heaps of the page and its workers after a
// collection. 120 experiments correspond to ten hours of five minutes each.
//   npx tsx bench/repository/night.ts [experiments]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "../../scripts/serve.ts";
import { CrashLab, SHORT_STUDY, type Target } from "../../tests/durability/crash-lab.ts";

const EVERY = 20;

/** Resident memory of the largest process of a kind [MiB]. */
function resident(lab: CrashLab, target: Target): number {
  const sizes = lab
    .processes(target)
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0));
  return Math.round(Math.max(...sizes) / 1024);
}

/** JavaScript heaps of the page's workers [MiB], by the names of their scripts. */
async function workerHeaps(lab: CrashLab): Promise<string> {
  const heaps = await Promise.all(
    lab.page.workers().map(async (worker) => {
      const bytes = await worker.evaluate(() => {
        const { gc, performance: timer } = globalThis as typeof globalThis & {
          gc(): void;
          performance: { memory: { usedJSHeapSize: number } };
        };
        gc();
        return timer.memory.usedJSHeapSize;
      });
      const name = /([\w]+)[\w.-]*$/.exec(new URL(worker.url()).pathname)?.[1] ?? "sandbox";
      return `${name} ${(bytes / 2 ** 20).toFixed(1)}`;
    }),
  );
  return heaps.sort().join(", ");
}

async function main(experiments: number): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), "overnight-night-"));
  const server = await serve();
  const lab = new CrashLab(server.address, profile, () => undefined, [
    "--js-flags=--expose-gc",
    "--enable-precise-memory-info",
  ]);
  try {
    await lab.open();
    const { page } = lab;
    const devtools = await page.context().newCDPSession(page);
    const started = Date.now();
    await lab.begin({ ...SHORT_STUDY, experiments });
    for (let count = EVERY; count <= experiments; count += EVERY) {
      await page.waitForFunction((n) => window.overnight.state().experiments.length >= n, count, {
        timeout: 0,
        polling: 500,
      });
      await devtools.send("HeapProfiler.collectGarbage");
      const { usedSize } = await devtools.send("Runtime.getHeapUsage");
      console.log(
        `${count} experiments, ${((Date.now() - started) / 1000).toFixed(0)} s: heap of the page ${(usedSize / 2 ** 20).toFixed(1)} MiB,`,
        `of its workers ${await workerHeaps(lab)} MiB,`,
        `its process ${resident(lab, "renderer")} MiB, the GPU's ${resident(lab, "gpu")} MiB, the browser's ${resident(lab, "browser")} MiB`,
      );
    }
  } finally {
    await lab.close();
    await server.close();
    rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
  }
}

await main(Number(process.argv[2] ?? 120));
