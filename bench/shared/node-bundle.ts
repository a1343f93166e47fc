// One file of a bench for Node: it needs nothing but the package `webgpu` beside it, and no bundler where it runs.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

/**
 * Bundles `entry` into `out`; shaders and sources imported with `?raw` are texts in it. `packages` "external" leaves
 * packages to the node_modules beside `out`: in a bundle, what is imported both at once and later starts too late.
 */
export async function bundleForNode(
  entry: string,
  out: string,
  packages: "bundle" | "external" = "bundle",
): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages,
    external: ["webgpu", "virtual:*"],
    // Packages in the older module format ask for `require`.
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
        },
      },
    ],
  });
}
