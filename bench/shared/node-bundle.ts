// Bundles a bench for Node into one file: it needs only the package `webgpu` beside it, and no bundler where it runs.

import { build } from "esbuild";
import { viteImports } from "./vite-imports.ts";

/** Bundles `entry` into `out`, with the shaders and sources that are imported with `?raw` as strings. */
export async function bundleForNode(entry: string, out: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // zod calls itself free of side effects, and esbuild then leaves out its setup code.
    ignoreAnnotations: true,
    external: ["webgpu", "virtual:*"],
    // CommonJS packages call `require`.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
    plugins: [viteImports],
  });
}
