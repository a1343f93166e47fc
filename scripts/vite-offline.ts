// Two Vite plugins: after a build they write the list of the page's files into sw.js. The list omits the text, and the
// code that only talks to the providers of language models, which is useless without a network.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const NOT_KEPT = /^(corpus\/|sw\.js$|\.)/;
const PROVIDERS = /\/node_modules\/(ai|@ai-sdk|@openrouter)\//;

const left = new Set<string>();

/** A plugin of every bundle, also of the workers: collects the files of the providers. */
export function providersPlugin(): Plugin {
  return {
    name: "overnight-providers",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && !file.isEntry && file.moduleIds.some((id) => PROVIDERS.test(id)))
          left.add(file.fileName);
      }
    },
  };
}

export function offlinePlugin(): Plugin {
  return {
    name: "overnight-offline",
    apply: (config, { command }) => command === "build" && config.build?.copyPublicDir !== false,
    writeBundle({ dir }) {
      if (dir === undefined) return;
      const files = filesIn(dir).filter((file) => !NOT_KEPT.test(file) && !left.has(file));
      const hash = createHash("sha256");
      for (const file of files) hash.update(file).update(readFileSync(join(dir, file)));
      const worker = join(dir, "sw.js");
      const source = readFileSync(worker, "utf8")
        .replace('const VERSION = "development";', `const VERSION = "${hash.digest("hex").slice(0, 12)}";`)
        .replace("const FILES = [];", `const FILES = ${JSON.stringify(files)};`);
      writeFileSync(worker, source);
    },
  };
}

function filesIn(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${below}${entry.name}`;
      return entry.isDirectory() ? filesIn(folder, `${path}/`) : [path];
    })
    .sort();
}
