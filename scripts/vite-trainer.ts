// A Vite plugin: `virtual:trainer` is the whole trainer worker (nn, its shaders, prepare's loop) as one string of plain
// JavaScript. It is a string because the sandbox has an opaque origin and may load nothing: the page sends it by
// message.
import { resolve } from "node:path";
import { build, type Plugin, type Rolldown } from "vite";

const ID = "virtual:trainer";
const ENTRY = "src/runner/trainer/trainer-worker.ts";

/** The bundled trainer and the absolute paths of its sources. */
async function bundleTrainer(root: string, minify: boolean): Promise<{ code: string; files: string[] }> {
  const built = (await build({
    configFile: false,
    resolve: { preserveSymlinks: true }, // as in vite.config.ts
    root,
    logLevel: "warn",
    publicDir: false,
    // The trainer has no `process`: set the value at build time.
    define: { "process.env.NODE_ENV": JSON.stringify(minify ? "production" : "development") },
    build: {
      write: false,
      target: "esnext",
      minify,
      modulePreload: false,
      lib: { entry: resolve(root, ENTRY), formats: ["iife"], name: "__trainer" },
      rolldownOptions: { output: { codeSplitting: false }, checks: { bundlerTimings: false } },
    },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) => result.output);
  const chunk = outputs.find((output) => output.type === "chunk" && output.isEntry);
  if (chunk?.type !== "chunk") throw new Error("the trainer's bundle is empty");
  if (outputs.length !== 1) throw new Error(`the trainer is ${outputs.length} files, expected one`);
  const files = chunk.moduleIds.filter((id) => id.startsWith("/")).map((id) => id.replace(/\?.*$/, ""));
  // The worker's address is a data: URL with all of this source. Without a short name, every frame of every stack would
  // contain it, and reading a stack would take milliseconds.
  return { code: `${chunk.code}\n//# sourceURL=trainer.js\n`, files };
}

/** Serves `virtual:trainer`, a string. In development, a change of one of its files rebuilds it. */
export function trainerPlugin(): Plugin {
  let root = process.cwd();
  let minify = false;
  let kept: ReturnType<typeof bundleTrainer> | null = null;
  let files = new Set<string>();
  return {
    name: "overnight-trainer",
    configResolved(config) {
      root = config.root;
      minify = config.command === "build";
    },
    resolveId: (id) => (id === ID ? "\0" + ID : null),
    async load(id) {
      if (id !== "\0" + ID) return null;
      kept ??= bundleTrainer(root, minify);
      const bundle = await kept.finally(() => {
        if (!minify) kept = null;
      });
      files = new Set(bundle.files);
      for (const file of files) this.addWatchFile(file);
      return `export default ${JSON.stringify(bundle.code)};`;
    },
    hotUpdate({ file }) {
      if (!files.has(file)) return;
      const virtual = this.environment.moduleGraph.getModuleById("\0" + ID);
      if (virtual) this.environment.moduleGraph.invalidateModule(virtual);
    },
  };
}
