// Bundles a bench for Node into one file: it needs only the package `webgpu` beside it, and no bundler where it runs.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

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
    plugins: [
      {
        name: "raw",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\?raw$/ }, (from) => ({
            path: resolve(from.resolveDir, from.path.slice(0, -"?raw".length)),
            namespace: "raw",
          }));
          onLoad({ filter: /./, namespace: "raw" }, (file) => ({
            contents: readFileSync(file.path, "utf8"),
            loader: "text",
          }));
          // Node starts none of the page's workers.
          onResolve({ filter: /\?worker&url$/ }, ({ path }) => ({ path, namespace: "worker" }));
          onLoad({ filter: /./, namespace: "worker" }, () => ({ contents: 'export default "";' }));
        },
      },
    ],
  });
}
