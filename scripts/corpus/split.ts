// Assigns families of packages to the three splits, by a hash of their names and by their sizes: the same packages
// always give the same splits.
import { createHash } from "node:crypto";
import { SeenRuns } from "./duplicates.ts";
import { count, type Document, type LeftOut } from "./documents.ts";
import { familyOf } from "./families.ts";
import { byText } from "./packages.ts";
import { SPLITS, type Split } from "../../src/prepare/corpus/manifest.ts";

/** Sizes in characters. */
export interface SplitSizes {
  /** The size that validation and test should each reach. */
  heldOut: number;
  /** A larger family is used only for training, so that no family dominates a score. */
  largestHeldOut: number;
}

/** name@version -> name */
export const packageName = (from: string): string => from.slice(0, from.lastIndexOf("@"));

/**
 * The documents of each split. Families go, in the order of the SHA-256 of their names, to the smaller one of
 * validation and test until both are full; the others go to training.
 */
export function splitByFamily(documents: readonly Document[], sizes: SplitSizes): Record<Split, Document[]> {
  const size = new Map<string, number>();
  for (const { from, text } of documents) {
    const family = familyOf(packageName(from));
    size.set(family, (size.get(family) ?? 0) + text.length);
  }
  const hashed = [...size.keys()].map((name) => ({
    name,
    hash: createHash("sha256").update(name).digest("hex"),
  }));
  hashed.sort((a, b) => byText(a.hash, b.hash));
  const place = new Map<string, Split>();
  const filled = { validation: 0, test: 0 };
  for (const { name } of hashed) {
    const length = size.get(name) ?? 0;
    const split = filled.validation <= filled.test ? "validation" : "test";
    if (length > sizes.largestHeldOut || filled[split] >= sizes.heldOut) continue;
    place.set(name, split);
    filled[split] += length;
  }
  const result: Record<Split, Document[]> = { train: [], validation: [], test: [] };
  for (const document of documents) {
    result[place.get(familyOf(packageName(document.from))) ?? "train"].push(document);
  }
  return result;
}

/** Share of runs in common with an earlier split from which a held-out document is dropped. */
const LEAK = 0.1;

/**
 * Drops documents of validation that resemble the training text, and documents of test that resemble either: near
 * copies across packages, below the threshold of a copy.
 */
export function withoutLeaks(splits: Record<Split, Document[]>, leftOut: LeftOut): Record<Split, Document[]> {
  const seen = new SeenRuns();
  const result: Record<Split, Document[]> = { train: [], validation: [], test: [] };
  for (const split of SPLITS) {
    for (const document of splits[split]) {
      if (split !== "train" && seen.share(document.runs) >= LEAK) {
        count(leftOut, `leak into ${split}`, document.text.length);
      } else result[split].push(document);
    }
    for (const document of result[split]) seen.add(document.runs);
  }
  return result;
}
