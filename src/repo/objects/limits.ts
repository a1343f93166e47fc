// Limits on an untrusted bundle: generous for a study of thousands of experiments, but far too low to fill a tab's
// memory or to keep it busy. Each error names its limit.

import { LabError } from "../../error.ts";

const MIB = 2 ** 20;

export const LIMITS = {
  /** Longest header of a bundle: its refs and prerequisites. */
  headerBytes: MIB,
  refs: 1000,
  packBytes: 256 * MIB,
  objects: 500_000,
  objectBytes: 32 * MIB,
  /** Longest delta chain; git writes at most 50, and 250 in old aggressive repacks. */
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

/** Bytes that reading such a pack may produce: bases dropped from the cache are inflated again. */
export const workLimit = (packBytes: number): number => 8 * inflatedLimit(packBytes);

/** `bundle: a tree is too deep, got 33, expected at most 32`. `got` is a number, or words. */
export function beyond(what: string, got: number | string, limit: number): LabError {
  return new LabError("git", { what, got: String(got), expected: `at most ${limit}` });
}

/** The function returned throws when more than LIMITS.seconds have passed; call it now and then. */
export function startWatch(what: string): () => void {
  const start = performance.now();
  return () => {
    const seconds = (performance.now() - start) / 1000;
    if (seconds > LIMITS.seconds)
      throw beyond(`${what}: it takes too long to read`, `${seconds.toFixed(0)} s`, LIMITS.seconds);
  };
}
