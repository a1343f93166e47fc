// Five projects: `unit` in parallel; `gpu` (*.gpu.test.ts) one file after the other in one process that keeps one
// device, because opening a device and compiling its pipelines costs more than the tests themselves; `gpu-plain`, some
// of them on the same adapter without its optional features; `browser` (*.browser.test.ts), which start their own
// Chromium, one file after the other; and `durability`, those of them that kill it.

import { defineConfig } from "vitest/config";

const shared = { exclude: ["node_modules/**", "dist/**", "tests/e2e/**"], environment: "node" };
const path = (file: string) => new URL(file, import.meta.url).pathname;
const resolve = {
  alias: [
    { find: /^nn$/, replacement: path("./src/nn/api.ts") },
    { find: /^prepare$/, replacement: path("./src/prepare/api.ts") },
  ],
};

const gpu = {
  ...shared,
  pool: "forks" as const,
  maxWorkers: 1,
  fileParallelism: false,
  isolate: false,
  testTimeout: 240_000,
  hookTimeout: 120_000,
};
const browser = { ...shared, fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 };
const DURABILITY = "tests/durability/*.browser.test.ts";
/** Kernels that are chosen by subgroup support, and the engine that uses them. */
const PLAIN = [
  ...["matmul", "attention", "cross-entropy"].map((name) => `src/nn/kernels/layers/${name}.gpu.test.ts`),
  ...["engine", "model", "operations"].map((name) => `src/nn/engine/${name}.gpu.test.ts`),
  "tests/golden/golden.gpu.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          ...shared,
          name: "unit",
          include: ["{src,tests,scripts}/**/*.test.{ts,tsx}"],
          exclude: [...shared.exclude, "**/*.{gpu,browser}.test.ts"],
          // Only stops a test that hangs: a busy machine may take ten times as long as an idle one.
          testTimeout: 30_000,
        },
      },
      { resolve, test: { ...gpu, name: "gpu", include: ["{src,tests}/**/*.gpu.test.ts"] } },
      {
        resolve,
        test: { ...gpu, name: "gpu-plain", include: PLAIN, env: { OVERNIGHT_FEATURES: "none" } },
      },
      {
        resolve,
        test: {
          ...browser,
          name: "browser",
          include: ["{src,tests}/**/*.browser.test.ts"],
          exclude: [...shared.exclude, DURABILITY],
        },
      },
      { resolve, test: { ...browser, name: "durability", include: [DURABILITY] } },
    ],
  },
});
