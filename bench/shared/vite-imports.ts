// Imports that only Vite understands, for esbuild: `?raw` as a string; `?worker&url`, and the script of a sandbox
// (`virtual:…`), as addresses that lead nowhere.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "esbuild";

/** What it bundles starts none of the page's workers. */
export const viteImports: Plugin = {
  name: "vite-imports",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?raw$/ }, (from) => ({
      path: resolve(from.resolveDir, from.path.slice(0, -"?raw".length)),
      namespace: "raw",
    }));
    onLoad({ filter: /./, namespace: "raw" }, (file) => ({
      contents: readFileSync(file.path, "utf8"),
      loader: "text",
    }));
    onResolve({ filter: /\?worker&url$|^virtual:/ }, ({ path }) => ({ path, namespace: "worker" }));
    onLoad({ filter: /./, namespace: "worker" }, () => ({ contents: 'export default "";' }));
  },
};
