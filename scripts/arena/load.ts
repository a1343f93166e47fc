// Bundles the code of the arena's command line, and the script of a candidate's realm.
import { mkdirSync, rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bundleForNode } from "../../bench/shared/node-bundle.ts";
import type { OpenRealm } from "../../src/arenas/index.ts";
import { bundleRealm, nodeRealms } from "./node-realm.ts";
import type * as study from "./study-node.ts";

const root = new URL("../..", import.meta.url).pathname;

export async function loadArenas(): Promise<{ readonly lab: typeof study; readonly openRealm: OpenRealm }> {
  const cache = `${root}node_modules/.cache`;
  mkdirSync(cache, { recursive: true });
  const out = `${cache}/arena-study-${process.pid}.mjs`;
  try {
    await bundleForNode(`${root}scripts/arena/study-node.ts`, out);
    const lab = (await import(pathToFileURL(out).href)) as typeof study;
    return { lab, openRealm: nodeRealms(await bundleRealm(root)) };
  } finally {
    rmSync(out, { force: true });
  }
}
