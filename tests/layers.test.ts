// Holds the import table of ARCHITECTURE.md: which folder may know which, and through which door.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

/** Folder to the folders it may import, each through its index.ts. The lab's own error class and its words are everybody's. */
const MAY: Record<string, readonly string[]> = {
  nn: ["shaders"],
  prepare: ["nn"],
  runner: ["prepare", "nn"],
  repo: [],
  agents: [],
  research: ["agents", "repo", "runner", "prepare", "nn", "seed"],
  ui: ["research"],
  seed: ["nn", "prepare"],
};
/** Packages that belong to one folder alone. */
const OWNED: readonly (readonly [pattern: RegExp, folders: readonly string[]])[] = [
  [/^isomorphic-git|^@isomorphic-git\//, ["repo"]],
  [/^react|^recharts$|^zustand|^@codemirror\//, ["ui"]],
  [/^webgpu$/, ["nn"]],
  [/^ai$|^@ai-sdk\/|^@openrouter\//, ["agents"]],
];
const SHARED = ["src/error.ts", "src/text.ts", "src/virtual.d.ts"];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\/testing|\/fixtures\//.test(name));
}

/** Every module a file names: import, export from, import() and new URL(…, import.meta.url). */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?["']([^"'\n]+)["']|import\(\s*["']([^"'\n]+)["']\s*\)|new URL\(\s*["'](\.[^"'\n]+)["']/g;
  return [...text.matchAll(pattern)].map((m) => ({
    from: file,
    to: m[2] ?? m[3] ?? m[4] ?? "",
    typeOnly: m[1] !== undefined,
  }));
}

const folderOf = (path: string) =>
  path.startsWith("shaders/") ? "shaders" : (/^src\/([^/]+)\//.exec(path)?.[1] ?? "");
const target = (i: Import) =>
  relative(ROOT, resolve(ROOT, dirname(i.from), i.to.replace(/\?.*$/, ""))).replaceAll("\\", "/");

const all = Object.keys(MAY)
  .flatMap((folder) => sources(`src/${folder}`))
  .flatMap(importsOf);

describe("the import table", () => {
  it("sees the code it is about", () => {
    expect(all.length).toBeGreaterThan(100);
    expect(new Set(all.map((i) => folderOf(i.from)))).toEqual(new Set(Object.keys(MAY)));
  });

  it("lets a folder import only the folders below it, through their doors", () => {
    const wrong: string[] = [];
    for (const i of all.filter((i) => i.to.startsWith("."))) {
      const path = target(i);
      const [here, there] = [folderOf(i.from), folderOf(path)];
      if (here === there || SHARED.includes(path)) continue;
      if (here === "seed" && path === "program.md") continue;
      const door = there === "shaders" || path === `src/${there}/index.ts`;
      // The seam between lab and page is types alone, so that the page's bundle stays free of the lab.
      const seam = here === "ui" && ["src/research/state.ts", "src/research/client.ts"].includes(path);
      if (!MAY[here].includes(there) || !(door || seam)) wrong.push(`${i.from} imports ${path}`);
    }
    expect(wrong).toEqual([]);
  });

  it("keeps packages with their owners", () => {
    const wrong = all.filter((i) =>
      OWNED.some(([pattern, folders]) => pattern.test(i.to) && !folders.includes(folderOf(i.from))),
    );
    expect(wrong.map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
  });

  it("leaves GPU objects to nn", () => {
    const gpu =
      /\bnavigator\s*\.\s*gpu\b|\bGPU(Device|Buffer|Adapter|Queue|CommandEncoder|ComputePipeline)\b/;
    const wrong = Object.keys(MAY)
      .filter((folder) => folder !== "nn")
      .flatMap((folder) => sources(`src/${folder}`))
      .filter((file) => gpu.test(readFileSync(join(ROOT, file), "utf8")));
    expect(wrong).toEqual([]);
  });

  it("opens every folder with a paragraph that says what lives there", () => {
    for (const folder of Object.keys(MAY).filter((f) => f !== "ui")) {
      expect(readFileSync(join(ROOT, `src/${folder}/index.ts`), "utf8"), folder).toMatch(
        /^(\/\/ .{20,}|\/\*\*)/,
      );
    }
  });
});
