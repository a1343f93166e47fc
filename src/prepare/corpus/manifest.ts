// The manifest of a corpus, all facts except the tokens: manifest.json of the embedded corpus, and the same facts about
// a text of the user.
import { LabError } from "../../error.ts";
import type { Baselines } from "./baselines.ts";
import type { Recognised } from "../known/known-texts.ts";

export type Split = "train" | "validation" | "test";
export const SPLITS: readonly Split[] = ["train", "validation", "test"];

/** The separator after each document: a line with only a form feed, which sources do not contain. */
export const SEPARATOR = "\f\n";

/** A piece of a split as a file: tokens of the default vocabulary, 16 bits each, little endian. */
export interface Shard {
  /** File name, relative to the manifest. */
  url: string;
  split: Split;
  tokens: number;
  /** SHA-256 of the file. */
  sha256: string;
}

/** The source of a part of the corpus. */
export interface PackageSource {
  name: string;
  version: string;
  /** SPDX expression. */
  license: string;
  split: Split;
  /** Bytes of its text in the corpus, separators not counted. */
  bytes: number;
}

/** Where a downloaded file came from. */
export interface TextOrigin {
  readonly url: string;
  /** As its host names it, an SPDX expression as a rule; null: the host does not say. */
  readonly licence: string | null;
}

/** The facts about a corpus. Bytes are those of UTF-8 text, separators included. */
export interface CorpusManifest {
  name: string;
  /** Hash of the text of the three splits (see corpusHash); the vocabulary is no part of it. */
  hash: string;
  vocabSize: number;
  separator: string;
  bytes: Record<Split, number>;
  tokens: Record<Split, number>;
  /** Empty unless the corpus is the embedded one in its default vocabulary. */
  shards: Shard[];
  /** The file with the merges of the largest vocabulary; null for an imported text. */
  merges: { url: string; sha256: string } | null;
  baselines: Baselines;
  packages: PackageSource[];
  /** The text found in this one that language models know by heart; absent if there is none. */
  known?: Recognised;
  /** Names of the joined files, in order; absent for a single file. */
  files?: readonly string[];
  /** Number of skipped lines of JSON without a text; absent for none. */
  skipped?: number;
  /** Number of texts, where folders and archives hold more than there are files; absent otherwise. */
  texts?: number;
  /** Files of folders and archives that are no texts; absent for none. */
  leftOut?: readonly string[];
  /** Of the downloaded files; absent for none. */
  origins?: readonly TextOrigin[];
  /** Share of the validation text that the training text contains word for word; absent below a tenth. */
  repeated?: number;
  /** The sources of the embedded corpus: hashes of the locked packages and of the code that built it. */
  recipe?: { packages: string; code: string };
}

/** Checks parsed JSON; throws LabError "corpus" that names the first fault. */
export function parseManifest(json: unknown): CorpusManifest {
  const m = record(json, "manifest");
  const bytes = record(m.bytes, "bytes");
  const tokens = record(m.tokens, "tokens");
  const baselines = record(m.baselines, "baselines");
  const merges = m.merges === null ? null : record(m.merges, "merges");
  const recipe = m.recipe === undefined ? undefined : record(m.recipe, "recipe");
  return {
    name: text(m.name, "name"),
    hash: text(m.hash, "hash"),
    vocabSize: count(m.vocabSize, "vocabSize"),
    separator: text(m.separator, "separator"),
    bytes: perSplit((s) => count(bytes[s], `bytes.${s}`)),
    tokens: perSplit((s) => count(tokens[s], `tokens.${s}`)),
    shards: list(m.shards, "shards").map((item) => {
      const s = record(item, "shard");
      return {
        url: fileName(s.url),
        split: split(s.split),
        tokens: count(s.tokens, "shard.tokens"),
        sha256: text(s.sha256, "shard.sha256"),
      };
    }),
    merges: merges && { url: fileName(merges.url), sha256: text(merges.sha256, "merges.sha256") },
    baselines: {
      uniform: count(baselines.uniform, "baselines.uniform"),
      unigram: count(baselines.unigram, "baselines.unigram"),
      bigram: count(baselines.bigram, "baselines.bigram"),
      order5: count(baselines.order5, "baselines.order5"),
      gzip: count(baselines.gzip, "baselines.gzip"),
    },
    packages: list(m.packages, "packages").map((item) => {
      const p = record(item, "package");
      return {
        name: text(p.name, "package.name"),
        version: text(p.version, "package.version"),
        license: text(p.license, "package.license"),
        split: split(p.split),
        bytes: count(p.bytes, "package.bytes"),
      };
    }),
    ...(recipe && {
      recipe: { packages: text(recipe.packages, "recipe.packages"), code: text(recipe.code, "recipe.code") },
    }),
  };
}

/** A record with a value of `make` for each split. */
export function perSplit<T>(make: (split: Split) => T): Record<Split, T> {
  return { train: make("train"), validation: make("validation"), test: make("test") };
}

function wrong(name: string, got: unknown, expected: string): LabError {
  return new LabError("corpus", {
    what: `corpus manifest: ${name}`,
    got: String(JSON.stringify(got)).slice(0, 80),
    expected,
    hint: "build the corpus again with `npx tsx scripts/corpus.ts`",
  });
}

function record(x: unknown, name: string): Record<string, unknown> {
  if (typeof x !== "object" || x === null || Array.isArray(x)) throw wrong(name, x, "an object");
  return x as Record<string, unknown>;
}

function list(x: unknown, name: string): unknown[] {
  if (!Array.isArray(x)) throw wrong(name, x, "an array");
  return x as unknown[];
}

function text(x: unknown, name: string): string {
  if (typeof x !== "string" || x === "") throw wrong(name, x, "a text");
  return x;
}

function count(x: unknown, name: string): number {
  if (typeof x !== "number" || !(x >= 0)) throw wrong(name, x, "a number of at least 0");
  return x;
}

function split(x: unknown): Split {
  const found = SPLITS.find((s) => s === x);
  if (found === undefined) throw wrong("split", x, SPLITS.join(", "));
  return found;
}

function fileName(x: unknown): string {
  if (typeof x !== "string" || !/^[\w.-]+$/.test(x)) throw wrong("url", x, "a plain file name");
  return x;
}
