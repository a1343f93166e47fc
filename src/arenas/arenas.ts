// Every arena that comes with the lab.
import { LabError } from "../error.ts";
import { binPacking } from "./bin-packing/index.ts";
import { circlePacking } from "./circle-packing/index.ts";
import type { Arena } from "./contract/arena.ts";
import { travellingSalesman } from "./travelling-salesman/index.ts";

export const ARENAS: readonly Arena[] = [binPacking, circlePacking, travellingSalesman];

/** Throws LabError "arena" for a name that is none. */
export function arenaNamed(name: string): Arena {
  const found = ARENAS.find(({ manifest }) => manifest.id === name);
  if (found === undefined) {
    const names = ARENAS.map(({ manifest }) => manifest.id).join(", ");
    throw new LabError("arena", { what: "there is no such arena", got: name, expected: names });
  }
  return found;
}
