// A fresh realm for a candidate in Node: a thread with a context that has the language and nothing of Node. A thread
// can be ended and its heap is limited, but node:vm is no security boundary: untrusted code belongs in the browser's
// sandbox. Only candidates of the built-in researcher, of random search and of tests run here.
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { OpenRealm } from "../../src/arenas/index.ts";

const HEAP = 512; // MB

const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const vm = require("node:vm");
process.on("unhandledRejection", () => {}); // a candidate may forget a promise; its answer is all that counts
const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
const run = (text, filename) => vm.runInContext(text, context, { filename });
const { seal, serve } = run(workerData + ";realm", "realm.js");
const around = {
  load: async (code) => run('"use strict";(' + code + ")", "candidate.js"),
  idle: () => new Promise((resolve) => setImmediate(resolve)),
};
seal(run("globalThis", "realm.js"));
parentPort.on("message", async (request) => parentPort.postMessage(await serve(request, around)));
`;

/** The script of `src/arenas/realm/entry.ts`, from the root of the checkout. */
export async function bundleRealm(root: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}/src/arenas/realm/entry.ts`],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "realm",
    target: "es2022",
  });
  return outputFiles[0].text;
}

/** Opens a new thread for every realm. */
export function nodeRealms(script: string): OpenRealm {
  return () =>
    new Promise((resolve) => {
      const worker = new Worker(THREAD, {
        eval: true,
        workerData: script,
        env: {},
        stdin: false,
        resourceLimits: { maxOldGenerationSizeMb: HEAP },
      });
      let settle: { done(answer: unknown): void; failed(error: Error): void } | null = null;
      worker.on("message", (answer: unknown) => settle?.done(answer));
      worker.on("error", (error: NodeJS.ErrnoException) =>
        settle?.failed(
          error.code === "ERR_WORKER_OUT_OF_MEMORY" ? new Error(`ran out of memory (${HEAP} MB)`) : error,
        ),
      );
      resolve({
        ask: (request) =>
          new Promise((done, failed) => {
            settle = { done, failed };
            worker.postMessage(request);
          }),
        close: () => void worker.terminate(),
      });
    });
}
