// A Vite plugin: `virtual:standalone` is scripts/standalone/run.ts with everything it imports, as one string: the script that
// goes with an exported model.
import { resolve } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "vite";

const ID = "virtual:standalone";

/** The script as one file for Node. */
export async function bundleStandalone(root: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve(root, "scripts/standalone/run.ts")],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    legalComments: "none",
    logLevel: "silent",
    loader: { ".wgsl": "text" },
    plugins: [
      {
        // The kernels' WGSL is imported as text (`?raw`); the reference implementation never uses it.
        name: "no-shaders",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\.wgsl\?raw$/ }, ({ path }) => ({ path, namespace: "shader" }));
          onLoad({ filter: /.*/, namespace: "shader" }, () => ({ contents: "", loader: "text" }));
        },
      },
    ],
  });
  const code = outputFiles.at(0)?.text;
  if (code === undefined) throw new Error("the standalone script is empty");
  return code;
}

/** Serves `virtual:standalone`, a string. */
export function standalonePlugin(): Plugin {
  let root = process.cwd();
  return {
    name: "overnight-standalone",
    configResolved(config) {
      root = config.root;
    },
    resolveId: (id) => (id === ID ? "\0" + ID : null),
    load: async (id) =>
      id === "\0" + ID ? `export default ${JSON.stringify(await bundleStandalone(root))};` : null,
  };
}
