// Checks the layers of scripts/rooms.ts, as ARCHITECTURE.md shows them: which folder and which room may import which,
// through which file, and the number of files in a room.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, parse, posix, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type Folder, FOLDERS, foldersAsMarkdown, MAX_FILES } from "../scripts/rooms.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** Packages that only one folder may import. */
const OWNED: readonly (readonly [pattern: RegExp, folders: readonly string[]])[] = [
  [/^isomorphic-git|^@isomorphic-git\//, ["repo"]],
  [/^react|^recharts$|^zustand|^@codemirror\//, ["ui"]],
  [/^webgpu$/, ["nn"]],
  [/^ai$|^@ai-sdk\/|^@openrouter\//, ["researchers"]],
];
const FOLDER_NAMES = FOLDERS.map(({ name }) => name);
const mayImport = (folder: string) => FOLDERS.find(({ name }) => name === folder)?.may ?? [];
/** The modules of the lab that the page imports besides types, so that its bundle stays free of the rest. */
const SEAM = [
  "page/client.ts",
  "page/take-model.ts",
  "page/talk.ts",
  "contract/arena-view.ts",
  "contract/example-texts.ts",
  "contract/lab-state.ts",
  "contract/settings.ts",
  "contract/schema.ts",
  "claims/merge.ts", // a pure function, loaded on its first use
].map((file) => `src/research/${file}`);
const SHARED = ["digest", "error", "memo", "questions", "random", "start-worker", "text", "virtual.d"].map(
  (name) => `src/${name}.ts`,
);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\/testing\/|\/fixtures\//.test(name));
}

/** All imports of a file: import, export from, import() and new URL(…, import.meta.url). */
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

/** A file's room: its path below the folder. */
function roomOf(path: string): string {
  const { dir } = parse(path);
  return dir.split("/").slice(2).join("/");
}
const isDoor = (path: string) => /^src\/[^/]+\/index\.ts$/.test(path);
const SOURCE = /\.tsx?$/;

/** Groups of files that import each other, directly or indirectly. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const reached = new Map(
    [...graph.keys()].map((start) => {
      const seen = new Set<string>();
      const open = [start];
      for (let file = open.pop(); file !== undefined; file = open.pop())
        for (const next of graph.get(file) ?? [])
          if (!seen.has(next)) {
            seen.add(next);
            open.push(next);
          }
      return [start, seen] as const;
    }),
  );
  const mutual = (a: string, b: string) => reached.get(a)?.has(b) === true && reached.get(b)?.has(a) === true;
  const left = new Set([...graph.keys()].filter((file) => mutual(file, file)));
  const found: string[][] = [];
  for (const file of left) {
    const circle = [...left].filter((other) => mutual(file, other));
    for (const other of circle) left.delete(other);
    found.push(circle);
  }
  return found;
}

const all = FOLDER_NAMES.flatMap((folder) => sources(`src/${folder}`)).flatMap(importsOf);

describe("the import table", () => {
  it("reads the product code", () => {
    expect(all.length).toBeGreaterThan(100);
    expect(new Set(all.map((i) => folderOf(i.from)))).toEqual(new Set(FOLDER_NAMES));
  });

  it("lets a folder import only the folders below it, through their doors", () => {
    const wrong: string[] = [];
    for (const i of all.filter((i) => i.to.startsWith("."))) {
      const path = target(i);
      const [here, there] = [folderOf(i.from), folderOf(path)];
      if (here === there || SHARED.includes(path)) continue;
      if (here === "seed" && path === "program.md") continue;
      const door = there === "shaders" || path === `src/${there}/index.ts`;
      const seam = here === "ui" && SEAM.includes(path);
      if (!mayImport(here).includes(there) || !(door || seam)) wrong.push(`${i.from} imports ${path}`);
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
    const wrong = FOLDER_NAMES.filter((folder) => folder !== "nn")
      .flatMap((folder) => sources(`src/${folder}`))
      .filter((file) => gpu.test(readFileSync(join(ROOT, file), "utf8")));
    expect(wrong).toEqual([]);
  });

  it("opens every folder with a paragraph on its contents", () => {
    for (const folder of FOLDER_NAMES.filter((f) => f !== "ui")) {
      expect(readFileSync(join(ROOT, `src/${folder}/index.ts`), "utf8"), folder).toMatch(
        /^(\/\/ .{20,}|\/\*\*)/,
      );
    }
  });
});

describe("the rooms", () => {
  /** Imports between product files of one folder. */
  const within = ({ name }: Folder) =>
    all
      .filter((i) => i.to.startsWith(".") && folderOf(i.from) === name && folderOf(target(i)) === name)
      .map((i) => ({ from: i.from, to: target(i) }))
      .filter(({ to }) => SOURCE.test(to) && !to.includes("/fixtures/"));

  it.each(FOLDERS)("of $name are all in the list, and hold at most so many files", (folder) => {
    const sizes = new Map<string, number>();
    for (const file of sources(`src/${folder.name}`).filter((file) => !isDoor(file)))
      sizes.set(roomOf(file), (sizes.get(roomOf(file)) ?? 0) + 1);
    expect([...sizes.keys()].sort()).toEqual(folder.rooms.map(({ path }) => path).sort());
    expect([...sizes].filter(([, files]) => files > MAX_FILES)).toEqual([]);
  });

  it.each(FOLDERS)("of $name import only the rooms below them", (folder) => {
    const floor = new Map(folder.rooms.map(({ path }, i) => [path, i]));
    const circle = folder.circle ?? [];
    const wrong = within(folder).filter(({ from, to }) => {
      const [here, there] = [roomOf(from), roomOf(to)];
      if (isDoor(from) || here === there) return isDoor(to);
      if (circle.includes(here) && circle.includes(there)) return false;
      return isDoor(to) || (floor.get(there) ?? Infinity) > (floor.get(here) ?? -1);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("have no files that import each other in a circle", () => {
    const wrong = FOLDERS.flatMap((folder) => {
      const graph = new Map<string, Set<string>>();
      for (const { from, to } of within(folder)) graph.set(from, (graph.get(from) ?? new Set()).add(to));
      const allowed = folder.circle ?? [];
      return circles(graph).filter((circle) => !circle.every((file) => allowed.includes(roomOf(file))));
    });
    expect(wrong).toEqual([]);
  });

  it("are shown in ARCHITECTURE.md; `npm run architecture` writes them", () => {
    expect(readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8")).toContain(foldersAsMarkdown());
  });
});
