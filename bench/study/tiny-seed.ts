// The seed in a size that trains in a second; researchers read the ranges of sizes from its comments.
import { readFileSync } from "node:fs";
import { setConstants } from "../../src/researchers/source/constants.ts";

const RANGES = {
  DEPTH: "1..2 step 1",
  HEADS: "1..2 step 1",
  HEAD_DIM: "8..16 step 8",
  MLP_RATIO: "1..4 step 1",
  BATCH: "4..32 power of 2",
};

/** `more`: further constants and their values. */
export function tinySeed(more: Readonly<Record<string, number>> = {}): string {
  const seed = readFileSync(new URL("../../src/seed/train.ts", import.meta.url), "utf8");
  return Object.entries(RANGES).reduce(
    (source, [name, range]) =>
      source.replace(new RegExp(`^(const ${name} = .*)\\([^()]*\\)$`, "m"), `$1(${range})`),
    setConstants(seed, { DEPTH: 1, HEADS: 2, HEAD_DIM: 8, BATCH: 8, ...more }),
  );
}
