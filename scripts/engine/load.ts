// Loads the engine for Node.
import { mkdirSync, rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bundleForNode } from "../../bench/shared/node-bundle.ts";
import type * as bundled from "./node-engine.ts";

const root = new URL("../..", import.meta.url).pathname;

export async function loadNodeEngine(): Promise<typeof bundled> {
  const cache = `${root}node_modules/.cache`;
  mkdirSync(cache, { recursive: true });
  const out = `${cache}/engine-${process.pid}.mjs`;
  try {
    await bundleForNode(`${root}scripts/engine/node-engine.ts`, out);
    return (await import(pathToFileURL(out).href)) as typeof bundled;
  } finally {
    rmSync(out, { force: true });
  }
}
