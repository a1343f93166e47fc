// Writes a corpus as the files that the page fetches: merges, token shards, manifest. Names contain the content's hash,
// so a browser may cache a file for ever; the manifest is written last, so that it never names a missing file.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureBaselines } from "../../src/prepare/corpus/baselines.ts";
import { sha256 } from "../../src/digest.ts";
import { BlockHash, corpusHash } from "../../src/prepare/corpus/block-hash.ts";
import { DEFAULT_VOCABULARY, MAX_VOCABULARY } from "../../src/prepare/tokenizer/bpe.ts";
import {
  SEPARATOR,
  SPLITS,
  perSplit,
  type CorpusManifest,
  type Shard,
} from "../../src/prepare/corpus/manifest.ts";
import { createTokenizer, trainTokenizer } from "../../src/prepare/tokenizer/tokenizer.ts";
import type { CorpusText } from "./build.ts";
import type { Recipe } from "./recipe.ts";

/** Tokens of a shard of 1 MiB. */
const SHARD_TOKENS = 1 << 19;

/** Writes the corpus into `folder` and removes all other files there. Returns the manifest. */
export async function writeCorpus(
  folder: string,
  built: CorpusText,
  recipe: Recipe,
): Promise<CorpusManifest> {
  mkdirSync(folder, { recursive: true });
  const { merges } = await trainTokenizer(built.text.train, MAX_VOCABULARY);
  const tokenizer = createTokenizer(merges, DEFAULT_VOCABULARY);
  const mergesFile = await write(folder, "merges", littleEndian(merges));

  const shards: Shard[] = [];
  const tokens = perSplit(() => 0);
  const hashes = perSplit(() => "");
  for (const split of SPLITS) {
    const all = tokenizer.encode(built.text[split]);
    tokens[split] = all.length;
    for (let at = 0, part = 0; at < all.length; at += SHARD_TOKENS, part++) {
      const slice = all.subarray(at, at + SHARD_TOKENS);
      const file = await write(folder, `${split}-${String(part).padStart(3, "0")}`, littleEndian(slice));
      shards.push({ ...file, split, tokens: slice.length });
    }
    const hash = new BlockHash();
    await hash.push(built.text[split]);
    hashes[split] = await hash.finish();
  }

  const manifest: CorpusManifest = {
    name: "open-source packages",
    hash: await corpusHash(hashes.train, hashes.validation, hashes.test),
    vocabSize: DEFAULT_VOCABULARY,
    separator: SEPARATOR,
    bytes: perSplit((split) => built.text[split].length),
    tokens,
    shards,
    merges: mergesFile,
    baselines: await measureBaselines(built.text.train, built.text.validation),
    packages: built.packages,
    recipe,
  };
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  const wanted = new Set(["manifest.json", mergesFile.url, ...shards.map(({ url }) => url)]);
  for (const name of readdirSync(folder))
    if (!wanted.has(name)) rmSync(join(folder, name), { recursive: true });
  return manifest;
}

async function write(
  folder: string,
  stem: string,
  bytes: Uint8Array,
): Promise<{ url: string; sha256: string }> {
  const hash = await sha256(bytes);
  const url = `${stem}-${hash.slice(0, 8)}.bin`;
  writeFileSync(join(folder, url), bytes);
  return { url, sha256: hash };
}

function littleEndian(values: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    bytes[2 * i] = values[i] & 255;
    bytes[2 * i + 1] = values[i] >> 8;
  }
  return bytes;
}
