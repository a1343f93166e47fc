// Every arena that comes with the lab.
import { LabError } from "../error.ts";
import { binPacking } from "./bin-packing/index.ts";
import { circlePacking } from "./circle-packing/index.ts";
import type { Arena } from "./contract/arena.ts";
import type { FileArena } from "./contract/file-arena.ts";
import { generatedTables, tables } from "./tables/index.ts";
import { travellingSalesman } from "./travelling-salesman/index.ts";

export const ARENAS: readonly Arena[] = [binPacking, circlePacking, travellingSalesman, generatedTables()];

/** Arenas that are built from a file of the user. */
export const FILE_ARENAS: readonly FileArena[] = [tables];

/** Throws LabError "arena" for a name that is none. */
export function arenaNamed(name: string): Arena {
  const found = ARENAS.find(({ manifest }) => manifest.id === name);
  if (found === undefined) {
    const names = ARENAS.map(({ manifest }) => manifest.id).join(", ");
    throw new LabError("arena", { what: "there is no such arena", got: name, expected: names });
  }
  return found;
}
