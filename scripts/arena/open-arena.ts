// The arena that the command line names: one of the lab's, one that is built from a file, or a folder.
import { existsSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Arena, OpenRealm } from "../../src/arenas/index.ts";
import { messageOf } from "../../src/error.ts";
import type * as study from "./study-node.ts";

/** Flags of arenas that are built from a file, besides `--file`. */
export const FILE_FLAGS = ["target", "metric", "split", "without", "trust"] as const;

/** The most bytes of a file in an arena's folder. */
const MAX_BYTES = 2 ** 20;

export interface ArenaSpec {
  /** Name of an arena, or path of a folder. */
  readonly name: string;
  /** Path of the file that the arena is built from; null: none. */
  readonly file: string | null;
  readonly options: Readonly<Record<string, string>>;
}

/** Rejects with one line for a name, a file or an option that cannot be used. */
export async function openArena(
  lab: typeof study,
  openRealm: OpenRealm,
  { name, file, options }: ArenaSpec,
): Promise<Arena> {
  if (isFolder(name)) {
    const flag = file === null ? Object.keys(options)[0] : "file";
    if (flag !== undefined) throw new Error(`--${flag}: the arena of a folder has no such option`);
    return lab.ownArena(await readFolder(lab, name), openRealm);
  }
  const built = lab.FILE_ARENAS.find(({ id }) => id === name);
  const given = Object.keys(options);
  if (file === null) {
    if (given.length > 0) throw new Error(`--${given[0]}: got no --file that it could belong to`);
    return lab.arenaNamed(name);
  }
  if (built === undefined) {
    lab.arenaNamed(name);
    throw new Error(`--file: ${name} is built from no file`);
  }
  const foreign = given.find((option) => !built.options.includes(option));
  if (foreign !== undefined) throw new Error(`--${foreign}: ${name} has no such option`);
  let bytes: Uint8Array;
  try {
    const { size } = await stat(file);
    // A file of gigabytes is not read to find out that it is too large.
    if (size > built.bytes) throw lab.tooLarge(basename(file), size, built.bytes);
    bytes = await readFile(file);
  } catch (error) {
    throw new Error(`--file: ${messageOf(error)}`, { cause: error });
  }
  return built.open({ name: basename(file), bytes }, options);
}

const isFolder = (name: string): boolean =>
  /[/\\.]/.test(name) || (existsSync(name) && statSync(name).isDirectory());

/** The texts of an arena's folder. */
async function readFolder(lab: typeof study, folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  const read = async (name: string) => {
    const path = join(folder, name);
    if (!existsSync(path)) return;
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new Error(`${path}: got ${size} bytes, expected at most ${MAX_BYTES}`);
    texts[name] = await readFile(path, "utf8");
  };
  await read(lab.MANIFEST);
  if (texts[lab.MANIFEST] === undefined)
    throw new Error(`--arena: ${folder} has no ${lab.MANIFEST}, which the folder of an arena must have`);
  const { must, may } = lab.ownFiles(lab.parseManifest(texts[lab.MANIFEST]));
  for (const name of [...must, ...may]) await read(name);
  return texts;
}
