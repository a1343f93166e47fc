// Builds the texts of the three splits from a lockfile and node_modules; they depend only on the packages' bytes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  SEPARATOR,
  SPLITS,
  perSplit,
  type PackageSource,
  type Split,
} from "../../src/prepare/corpus/manifest.ts";
import { readSources, uniqueDocuments, type Document, type LeftOut } from "./documents.ts";
import { byText, lockedPackages } from "./packages.ts";
import { packageName, splitByFamily, withoutLeaks, type SplitSizes } from "./split.ts";

/** The minimum size of each split [bytes], and the rules of splitting. */
interface CorpusSizes extends SplitSizes {
  minimum: Record<Split, number>;
}

export const DEFAULT_SIZES: CorpusSizes = {
  heldOut: 1_250_000,
  largestHeldOut: 300_000,
  minimum: { train: 16 << 20, validation: 1 << 20, test: 1 << 20 },
};

export interface CorpusText {
  text: Record<Split, Uint8Array>;
  packages: PackageSource[];
  leftOut: LeftOut;
}

/** Builds the texts for the project at `root`. Throws when a split is smaller than its minimum. */
export function buildText(root: string, sizes: CorpusSizes): CorpusText {
  const leftOut: LeftOut = new Map();
  const locked = lockedPackages(readFileSync(join(root, "package-lock.json"), "utf8"));
  const sources = readSources(root, locked, leftOut);
  const splits = withoutLeaks(splitByFamily(uniqueDocuments(sources, leftOut), sizes), leftOut);
  const text = perSplit((split) => joinDocuments(splits[split]));
  for (const split of SPLITS) {
    if (text[split].length >= sizes.minimum[split]) continue;
    throw new Error(
      `corpus: ${text[split].length} bytes of ${split} text, expected at least ${sizes.minimum[split]}`,
    );
  }
  const license = new Map(sources.map((source) => [`${source.name}@${source.version}`, source.license]));
  return { text, packages: listPackages(splits, license), leftOut };
}

/** Joins documents in the order of package, path and place, each followed by the separator. */
function joinDocuments(documents: readonly Document[]): Uint8Array {
  const order = documents.map((document, index) => ({ ...document, index }));
  order.sort((a, b) => byText(a.from, b.from) || byText(a.path, b.path) || a.index - b.index);
  const lines = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
  return new TextEncoder().encode(order.map(({ text }) => lines(text) + SEPARATOR).join(""));
}

function listPackages(splits: Record<Split, Document[]>, license: Map<string, string>): PackageSource[] {
  const bytes = new Map<string, { split: Split; bytes: number }>();
  for (const split of SPLITS) {
    for (const { from, text } of splits[split]) {
      const entry = bytes.get(from) ?? { split, bytes: 0 };
      entry.bytes += Buffer.byteLength(text);
      bytes.set(from, entry);
    }
  }
  return [...bytes.keys()].sort(byText).map((from) => ({
    name: packageName(from),
    version: from.slice(from.lastIndexOf("@") + 1),
    license: license.get(from) ?? "",
    split: bytes.get(from)?.split ?? "train",
    bytes: bytes.get(from)?.bytes ?? 0,
  }));
}
