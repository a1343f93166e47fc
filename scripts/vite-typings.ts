// A Vite plugin: `virtual:typings` holds all files that the in-page type check of train.ts reads, as text. The
// declarations of `nn` and `prepare` are emitted from their source, so that the check and the manual always match it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, posix, relative, resolve } from "node:path";
import ts from "typescript";
import type { Plugin } from "vite";

const ID = "virtual:typings";
const DOORS = { nn: "src/nn/api.ts", prepare: "src/prepare/api.ts" };

/**
 * Declaration files by absolute path in the check's own file system, such as `/lib.es5.d.ts` and `/src/nn/api.d.ts`.
 */
export function typings(root: string): Record<string, string> {
  return { ...libraries(), ...declarations(root) };
}

/** The standard library of ES2023 without a host: train.ts has no DOM and no network. */
function libraries(): Record<string, string> {
  const folder = dirname(createRequire(import.meta.url).resolve("typescript"));
  const files: Record<string, string> = {};
  const add = (name: string) => {
    const path = `/lib.${name}.d.ts`;
    if (files[path] !== undefined) return;
    const text = readFileSync(resolve(folder, `lib.${name}.d.ts`), "utf8");
    files[path] = text;
    for (const [, next] of text.matchAll(/^\/\/\/ <reference lib="([\w.]+)" \/>/gm)) add(next);
  };
  add("es2023");
  add("esnext.disposable");
  return files;
}

function declarations(root: string): Record<string, string> {
  const emitted = new Map<string, string>();
  const config = ts.readConfigFile(resolve(root, "tsconfig.json"), (path) => ts.sys.readFile(path))
    .config as object;
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const options: ts.CompilerOptions = {
    ...parsed.options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
  };
  options.outDir = resolve(root, ".typings");
  options.rootDir = root;
  options.noCheck = true;
  const program = ts.createProgram(
    Object.values(DOORS).map((door) => resolve(root, door)),
    options,
  );
  program.emit(undefined, (path, text) =>
    emitted.set("/" + relative(options.outDir ?? "", path).replaceAll("\\", "/"), text),
  );
  const files: Record<string, string> = {};
  const follow = (path: string) => {
    const text = emitted.get(path);
    if (text === undefined || files[path] !== undefined) return;
    files[path] = text;
    for (const [, spec] of text.matchAll(/(?:from|import\()\s*["'](\.[^"']+)["']/g)) {
      follow(posix.join(posix.dirname(path), spec).replace(/\.ts$/, ".d.ts"));
    }
  };
  for (const door of Object.values(DOORS)) follow("/" + door.replace(/\.ts$/, ".d.ts"));
  return files;
}

/** Serves `virtual:typings`, a record from path to text. */
export function typingsPlugin(): Plugin {
  let root = process.cwd();
  return {
    name: "overnight-typings",
    configResolved(config) {
      root = config.root;
    },
    resolveId: (id) => (id === ID ? "\0" + ID : null),
    load: (id) => (id === "\0" + ID ? `export default ${JSON.stringify(typings(root))};` : null),
  };
}
