// The arena that the command line names: one of the lab's, or one that is built from a file.
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Arena } from "../../src/arenas/index.ts";
import { messageOf } from "../../src/error.ts";
import type * as study from "./study-node.ts";

/** Flags of arenas that are built from a file, besides `--file`. */
export const FILE_FLAGS = ["target", "metric", "split", "without", "trust"] as const;

export interface ArenaSpec {
  readonly name: string;
  /** Path of the file that the arena is built from; null: none. */
  readonly file: string | null;
  readonly options: Readonly<Record<string, string>>;
}

/** Rejects with one line for a name, a file or an option that cannot be used. */
export async function openArena(lab: typeof study, { name, file, options }: ArenaSpec): Promise<Arena> {
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
