// Makes the recorded night of the page (src/ui/recording/night.json) of a study's bundle:
//
//   npm run lab -- --experiments 18 --budget 30 --adapter software --out night.bundle
//   npx tsx scripts/record-night.ts night.bundle
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bundleForNode } from "../bench/shared/node-bundle.ts";
import type * as record from "./record/make-recording.ts";

const root = new URL("..", import.meta.url).pathname;
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: npx tsx scripts/record-night.ts FILE.bundle");

// lightning-fs takes a browser's locks; nobody else is here.
const locks = { request: (_name: string, _options: object, hold: (lock: object) => unknown) => hold({}) };
Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
mkdirSync(`${root}node_modules/.cache`, { recursive: true });
const out = `${root}node_modules/.cache/record-${process.pid}.mjs`;
try {
  await bundleForNode(`${root}scripts/record/make-recording.ts`, out);
  const { makeRecording } = (await import(pathToFileURL(out).href)) as typeof record;
  const recording = await makeRecording(new Uint8Array(readFileSync(file)));
  writeFileSync(`${root}src/ui/recording/night.json`, JSON.stringify(recording));
} finally {
  rmSync(out, { force: true });
}
