// The benchmark's step on Node's WebGPU, without a browser: on a real GPU if there is one, or on the driver that
// VK_ICD_FILENAMES names.
//
//   npm run bench:node -- [--config C0,C1,C2] [--steps 20] [--profile]
//   npm run bench:node -- --kernels [--size 4096] [--f16]      one product through every variant
//   npm run bench:node -- --out step.mjs               only writes the bundle: carry it with `npm install webgpu`
//
// On a software adapter Dawn's polling occupies one of the cores: compare there in Chromium.

import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { bundleForNode } from "../shared/node-bundle.ts";

const path = (file: string) => new URL(file, import.meta.url).pathname;
const args = process.argv.slice(2);
const at = args.indexOf("--out");
const out = resolve(at < 0 ? path("../../node_modules/.cache/bench-node.mjs") : (args[at + 1] ?? "step.mjs"));

await bundleForNode(path("./node-main.ts"), out);
if (at >= 0) console.log(out);
else process.exitCode = spawnSync(process.execPath, [out, ...args], { stdio: "inherit" }).status ?? 1;
