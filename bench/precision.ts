// Whether mixed precision trains as well as f32: the seed's train.ts with nothing but `nn.precision` changed, the same
// seeds and batches, taking turns. Needs an adapter with f16 (lavapipe has it: VK_ICD_FILENAMES).
//
//   npx tsx bench/precision.ts [--steps 300] [--seeds 3] [--depth 2] [--heads 4] [--dim 16] [--context 64]
//
// Tokens are the bytes of this repository's sources. Held-out loss is computed in f32 for both.

import { spawnSync } from "node:child_process";
import { transform } from "sucrase";
import { readFileSync, writeFileSync } from "node:fs";
import { bundleForNode } from "./node-bundle.ts";

const path = (file: string) => new URL(file, import.meta.url).pathname;
const out = path("../node_modules/.cache/bench-precision.mjs");
await bundleForNode(path("./precision-main.ts"), out);

const seed = readFileSync(path("../src/seed/train.ts"), "utf8");
const code = transform(seed, { transforms: ["typescript"] }).code.replace(/^import .*$/gm, "");
const files = spawnSync("git", ["ls-files", "src", "shaders"], { cwd: path(".."), encoding: "utf8" });
const text = files.stdout
  .split("\n")
  .filter((name) => /\.(ts|tsx|wgsl)$/.test(name))
  .map((name) => readFileSync(path(`../${name}`), "latin1"));
const given = path("../node_modules/.cache/bench-precision.json");
writeFileSync(given, JSON.stringify({ code, text: text.join("\n") }));
process.exitCode =
  spawnSync(process.execPath, [out, given, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
