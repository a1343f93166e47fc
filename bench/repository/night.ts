// Measures whether the page's memory grows over a night: a study of short runs on the built page (`npm run build`),
// with the memory of its processes from /proc (Linux) and the JavaScript heaps of the page and its workers after a
// collection. 120 experiments correspond to ten hours of five minutes each.
//   npx tsx bench/repository/night.ts [experiments]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "../../scripts/serve.ts";
import { watchHeaps } from "./heaps.ts";
import { CrashLab, SHORT_STUDY, type Target } from "../../tests/durability/crash-lab.ts";

const EVERY = 20;

/** Resident memory of the largest process of a kind [MiB]. */
function resident(lab: CrashLab, target: Target): number {
  const sizes = lab
    .processes(target)
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0));
  return Math.round(Math.max(...sizes) / 1024);
}

async function main(experiments: number): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), "overnight-night-"));
  const server = await serve();
  const lab = new CrashLab(server.address, profile, () => undefined);
  try {
    await lab.open();
    const { page } = lab;
    const heaps = await watchHeaps(await page.context().newCDPSession(page));
    const started = Date.now();
    await lab.begin({ ...SHORT_STUDY, experiments });
    for (let count = EVERY; count <= experiments; count += EVERY) {
      await page.waitForFunction((n) => window.overnight.state().experiments.length >= n, count, {
        timeout: 0,
        polling: 500,
      });
      console.log(
        `${count} experiments, ${((Date.now() - started) / 1000).toFixed(0)} s: heaps of ${await heaps()} MiB;`,
        `the page's process ${resident(lab, "renderer")} MiB, the GPU's ${resident(lab, "gpu")} MiB, the browser's ${resident(lab, "browser")} MiB`,
      );
    }
  } finally {
    await lab.close();
    await server.close();
    rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
  }
}

await main(Number(process.argv[2] ?? 120));
