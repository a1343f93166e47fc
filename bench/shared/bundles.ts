// Bundles each peer into one script: installed on first use from its own lockfile, apart from the repository's, so that
// neither the corpus (which comes from the root lockfile) nor the lab's dependencies contain it.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const FOLDER = new URL("../peers/", import.meta.url).pathname;
const FILES = new Map([
  ["/peers/jax-js.js", "jax.ts"],
  ["/peers/tfjs.js", "tfjs.ts"],
]);

/** The scripts by the path at which they are served. */
export async function bundlePeers(): Promise<Map<string, string>> {
  if (!existsSync(join(FOLDER, "node_modules")))
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
  const bundles = new Map<string, string>();
  for (const [path, file] of FILES) {
    const { outputFiles } = await build({
      entryPoints: [join(FOLDER, file)],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      // tfjs imports Node's fetch where there is no browser.
      external: ["node-fetch", "util", "crypto"],
      platform: "browser",
      logLevel: "error",
    });
    bundles.set(path, outputFiles[0]?.text ?? "");
  }
  return bundles;
}

/** The prototype's step, from the folder that `--prototype` names. */
export function readPrototype(folder: string): Map<string, string> {
  return new Map([["/prototype/step.js", readFileSync(join(folder, "step.js"), "utf8")]]);
}
