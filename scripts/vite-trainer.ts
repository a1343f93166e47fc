// A Vite plugin: the two scripts that run untrusted code in the sandbox, each as one string of plain JavaScript.
// `virtual:trainer` is the trainer worker (nn, its shaders, prepare's loop), `virtual:realm` the realm of an arena's
// candidate. They are strings because the sandbox has an opaque origin and may load nothing: the page sends them by
// message.
import { resolve } from "node:path";
import { build, type Plugin, type Rolldown } from "vite";

const ENTRIES: Readonly<Record<string, string>> = {
  "virtual:trainer": "src/runner/trainer/trainer-worker.ts",
  "virtual:realm": "src/arenas/realm/realm-worker.ts",
};

interface Bundle {
  readonly code: string;
  /** Absolute paths of its sources. */
  readonly files: readonly string[];
}

async function bundle(root: string, id: string, minify: boolean): Promise<Bundle> {
  const built = (await build({
    configFile: false,
    resolve: { preserveSymlinks: true }, // as in vite.config.ts
    root,
    logLevel: "warn",
    publicDir: false,
    // The worker has no `process`: set the value at build time.
    define: { "process.env.NODE_ENV": JSON.stringify(minify ? "production" : "development") },
    build: {
      write: false,
      target: "esnext",
      minify,
      modulePreload: false,
      lib: { entry: resolve(root, ENTRIES[id]), formats: ["iife"], name: "__script" },
      rolldownOptions: { output: { codeSplitting: false }, checks: { bundlerTimings: false } },
    },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) => result.output);
  const chunk = outputs.find((output) => output.type === "chunk" && output.isEntry);
  if (chunk?.type !== "chunk") throw new Error(`the bundle of ${id} is empty`);
  if (outputs.length !== 1) throw new Error(`${id} is ${outputs.length} files, expected one`);
  const files = chunk.moduleIds
    .filter((path) => path.startsWith("/"))
    .map((path) => path.replace(/\?.*$/, ""));
  // The worker's address is a data: URL with all of this source. Without a short name, every frame of every stack would
  // contain it, and reading a stack would take milliseconds.
  return { code: `${chunk.code}\n//# sourceURL=${id.slice("virtual:".length)}.js\n`, files };
}

/** Serves both scripts. In development, a change of one of their files rebuilds them. */
export function trainerPlugin(): Plugin {
  let root = process.cwd();
  let minify = false;
  const kept = new Map<string, Promise<Bundle>>();
  const files = new Map<string, readonly string[]>();
  return {
    name: "overnight-trainer",
    configResolved(config) {
      root = config.root;
      minify = config.command === "build";
    },
    resolveId: (id) => (Object.hasOwn(ENTRIES, id) ? "\0" + id : null),
    async load(resolved) {
      const id = resolved.slice(1);
      if (resolved !== "\0" + id || !Object.hasOwn(ENTRIES, id)) return null;
      const building = kept.get(id) ?? bundle(root, id, minify);
      kept.set(id, building);
      const done = await building.finally(() => {
        if (!minify) kept.delete(id);
      });
      files.set(id, done.files);
      for (const file of done.files) this.addWatchFile(file);
      return `export default ${JSON.stringify(done.code)};`;
    },
    hotUpdate({ file }) {
      for (const [id, sources] of files) {
        const virtual = this.environment.moduleGraph.getModuleById("\0" + id);
        if (sources.includes(file) && virtual) this.environment.moduleGraph.invalidateModule(virtual);
      }
    },
  };
}
