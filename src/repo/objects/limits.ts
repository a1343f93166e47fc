// What a bundle from outside may cost: generous for a study of thousands of experiments, far below what would fill a
// tab's memory or keep it busy. Each limit is named in the line of the error it raises.

import { LabError } from "../../error.ts";

const MIB = 2 ** 20;

export const LIMITS = {
  /** Longest header of a bundle: its refs and prerequisites. */
  headerBytes: MIB,
  refs: 1000,
  packBytes: 256 * MIB,
  objects: 500_000,
  objectBytes: 32 * MIB,
  /** Deltas from a whole object to the last one that builds on it; git writes 50 at most, and 250 when it was aggressive. */
  deltaDepth: 250,
  treeDepth: 32,
  pathLength: 1024,
  seconds: 60,
} as const;

/**
 * Bytes all objects of a pack may hold together. A notebook rewrites its tables with every experiment: two thousand of
 * them inflate to 450 times their pack.
 */
export const inflatedLimit = (packBytes: number): number => Math.min(4096 * MIB, 64 * MIB + 1024 * packBytes);

/** Bytes that may be produced to read such a pack: bases that were forgotten are inflated again. */
export const workLimit = (packBytes: number): number => 8 * inflatedLimit(packBytes);

/** `bundle: a tree is too deep, got 33, expected at most 32`. `got` is a number, or words. */
export function beyond(what: string, got: number | string, limit: number): LabError {
  return new LabError("git", { what, got: String(got), expected: `at most ${limit}` });
}

/** Throws when reading has taken longer than LIMITS.seconds; asked now and then. */
export function startWatch(what: string): () => void {
  const start = performance.now();
  return () => {
    const seconds = (performance.now() - start) / 1000;
    if (seconds > LIMITS.seconds)
      throw beyond(`${what}: it takes too long to read`, `${seconds.toFixed(0)} s`, LIMITS.seconds);
  };
}
