// Two projects: `unit` in parallel, and `gpu` (*.gpu.test.ts) one file after the other in one process that keeps
// one device, because opening one and compiling its pipelines costs more than the tests themselves.

import { defineConfig } from "vitest/config";

const shared = { exclude: ["node_modules/**", "dist/**", "tests/e2e/**"], environment: "node" };
const alias = {
  nn: new URL("./src/nn/api.ts", import.meta.url).pathname,
  prepare: new URL("./src/prepare/api.ts", import.meta.url).pathname,
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: {
          alias: [
            { find: /^nn$/, replacement: alias.nn },
            { find: /^prepare$/, replacement: alias.prepare },
          ],
        },
        test: {
          ...shared,
          name: "unit",
          include: ["{src,tests,scripts}/**/*.test.{ts,tsx}"],
          exclude: [...shared.exclude, "**/*.gpu.test.ts"],
        },
      },
      {
        resolve: {
          alias: [
            { find: /^nn$/, replacement: alias.nn },
            { find: /^prepare$/, replacement: alias.prepare },
          ],
        },
        test: {
          ...shared,
          name: "gpu",
          include: ["{src,tests}/**/*.gpu.test.ts"],
          pool: "forks",
          maxWorkers: 1,
          fileParallelism: false,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
