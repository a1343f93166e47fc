// Compares training in mixed precision with f32: the seed's train.ts with only `nn.precision` changed, the same seeds
// and batches, in turn. Needs an adapter with f16 (lavapipe has it: VK_ICD_FILENAMES).
//
//   npx tsx bench/precision/precision.ts [--steps 300] [--seeds 3] [--depth 2] [--heads 4] [--dim 16] [--context 64]
//
// Tokens are the bytes of this repository's sources. Held-out loss is computed in f32 for both. Every run has its own
// process, because on lavapipe (Mesa 22.3), unlike SwiftShader, a process grows by some 25 MB a step.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { transform } from "sucrase";
import { median } from "../shared/median.ts";
import { bundleForNode } from "../shared/node-bundle.ts";
import type { Run } from "./precision-main.ts";

const path = (file: string) => new URL(file, import.meta.url).pathname;
const out = path("../../node_modules/.cache/bench-precision.mjs");
await bundleForNode(path("./precision-main.ts"), out);

const seed = readFileSync(path("../../src/seed/train.ts"), "utf8");
const code = transform(seed, { transforms: ["typescript"] }).code.replace(/^import .*$/gm, "");
const files = spawnSync("git", ["ls-files", "src", "shaders"], { cwd: path("../.."), encoding: "utf8" });
const text = files.stdout
  .split("\n")
  .filter((name) => /\.(ts|tsx|wgsl)$/.test(name))
  .map((name) => readFileSync(path(`../../${name}`), "latin1"));
const given = path("../../node_modules/.cache/bench-precision.json");
writeFileSync(given, JSON.stringify({ code, text: text.join("\n") }));

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    steps: { type: "string", default: "300" },
    depth: { type: "string", default: "2" },
    heads: { type: "string", default: "4" },
    dim: { type: "string", default: "16" },
    context: { type: "string", default: "64" },
  },
});
const { seeds, ...sizes } = values;
const others = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, value]);

function train(seed: number, precision: "f32" | "mixed"): Run {
  const own = ["--seed", String(seed), "--precision", precision];
  const args = [out, given, ...own, ...others];
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ["inherit", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the run of seed ${seed} in ${precision} ended with ${status}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Run;
}

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const windows = (losses: readonly number[]) =>
  Array.from({ length: Math.floor(losses.length / 10) }, (_, i) => mean(losses.slice(10 * i, 10 * i + 10)));

const pairs: { f32: Run; mixed: Run }[] = [];
for (let seed = 1; seed <= Number(seeds); seed++) {
  const pair = { f32: train(seed, "f32"), mixed: train(seed, "mixed") };
  if (seed === 1) console.log(pair.f32.adapter);
  pairs.push(pair);
  const [a, b] = [windows(pair.f32.losses), windows(pair.mixed.losses)];
  console.log(
    JSON.stringify({
      seed,
      lastTenSteps: [a.at(-1), b.at(-1)],
      heldOut: [pair.f32.heldOut, pair.mixed.heldOut],
      largestGapOfTenSteps: Math.max(...a.map((loss, i) => Math.abs(loss - (b[i] ?? NaN)))),
      stepMs: [pair.f32.stepMs, pair.mixed.stepMs],
      cpuMs: [pair.f32.cpuMs, pair.mixed.cpuMs],
      curves: [a, b].map((curve) => curve.map((loss) => Number(loss.toFixed(3)))),
    }),
  );
}
const ratio = (pick: (run: Run) => number) => median(pairs.map(({ f32, mixed }) => pick(mixed) / pick(f32)));
console.log(
  JSON.stringify({
    heldOut: [mean(pairs.map(({ f32 }) => f32.heldOut)), mean(pairs.map(({ mixed }) => mixed.heldOut))],
    mixedOverF32: {
      stepMs: ratio((run) => run.stepMs),
      cpuMs: ratio((run) => run.cpuMs),
      temporaryBytes: ratio((run) => run.temporaryBytes),
      peakBytes: ratio((run) => run.peakBytes),
    },
  }),
);
