// Loads the corpus that comes with the lab: shard by shard in the default vocabulary, encoded again for another
// vocabulary.
import { LabError } from "../../error.ts";
import type { Corpus, DescribedCorpus } from "./corpus.ts";
import { parseManifest, perSplit, type CorpusManifest, type Shard, type Split } from "./manifest.ts";
import { makePause, type ProgressOptions } from "./progress.ts";
import { openShardStore, type ShardStore } from "./shard-store.ts";
import { SplitEncoder } from "./split-encoder.ts";
import { createTokenizer, type Tokenizer } from "../tokenizer/tokenizer.ts";

export interface LoadOptions extends ProgressOptions {
  /** 256 to 8192; default 1,024, that of the shards. */
  vocabSize?: number;
  /** Called with each split as soon as it is complete: validation first, then test, then train. */
  onSplit?: (split: Split, tokens: Uint16Array) => void;
}

const ORDER: readonly Split[] = ["validation", "test", "train"];
/** Number of parallel downloads. */
const PARALLEL = 4;

/**
 * Loads the embedded corpus from the folder at `baseUrl` (`/corpus`), in a worker or a page. Progress is in bytes of
 * shards, then, for another vocabulary, of text. Throws LabError "corpus" or "cancelled".
 */
export async function loadEmbedded(baseUrl: string, options: LoadOptions = {}): Promise<Corpus> {
  const { onProgress, signal } = options;
  const store = await openShardStore(baseUrl, signal);
  const { manifest, merges, mergesUrl } = await readManifest(store);
  const stored = createTokenizer(merges, manifest.vocabSize);
  const vocabSize = options.vocabSize ?? manifest.vocabSize;
  const tokenizer = vocabSize === manifest.vocabSize ? stored : createTokenizer(merges, vocabSize);

  const total = 2 * manifest.shards.reduce((sum, shard) => sum + shard.tokens, 0);
  let fetched = 0;
  const onShard = (bytes: number): void =>
    onProgress?.({ stage: "fetching", done: (fetched += bytes), total });
  onShard(0);
  const splits = {} as Record<Split, Uint16Array>;
  for (const split of ORDER) {
    splits[split] = await fetchSplit(store, manifest, split, onShard);
    if (tokenizer === stored) options.onSplit?.(split, splits[split]);
  }
  await store.written();
  await store.keepOnly(["manifest.json", mergesUrl, ...manifest.shards.map((shard) => shard.url)]);
  if (tokenizer === stored) return { manifest, tokenizer, ...splits };

  const textBytes = manifest.bytes.train + manifest.bytes.validation + manifest.bytes.test;
  let encoded = 0;
  const pause = makePause(signal);
  for (const split of ORDER) {
    splits[split] = await encodeAnew(
      splits[split],
      stored,
      tokenizer,
      manifest.bytes[split],
      async (bytes) => {
        onProgress?.({ stage: "tokens", done: encoded + bytes, total: textBytes });
        await pause();
      },
    );
    encoded += manifest.bytes[split];
    options.onSplit?.(split, splits[split]);
  }
  const tokens = perSplit((split) => splits[split].length);
  return { manifest: { ...manifest, vocabSize, tokens, shards: [] }, tokenizer, ...splits };
}

/** The embedded corpus without its text: two small files, so that a visit costs little before a study begins. */
export async function describeEmbedded(baseUrl: string, options: LoadOptions = {}): Promise<DescribedCorpus> {
  const store = await openShardStore(baseUrl, options.signal);
  const { manifest, merges } = await readManifest(store);
  await store.written();
  const vocabSize = options.vocabSize ?? manifest.vocabSize;
  return { manifest: { ...manifest, vocabSize }, tokenizer: createTokenizer(merges, vocabSize) };
}

async function readManifest(
  store: ShardStore,
): Promise<{ manifest: CorpusManifest; merges: Uint16Array; mergesUrl: string }> {
  const manifest = parseManifest(await store.json("manifest.json"));
  if (manifest.merges === null) throw new LabError("corpus", "the embedded corpus has no merges");
  const { url, sha256 } = manifest.merges;
  return { manifest, merges: new Uint16Array((await store.file(url, sha256)).buffer), mergesUrl: url };
}

async function fetchSplit(
  store: ShardStore,
  manifest: CorpusManifest,
  split: Split,
  onShard: (bytes: number) => void,
): Promise<Uint16Array> {
  const shards = manifest.shards.filter((shard) => shard.split === split);
  const starts: number[] = [];
  let length = 0;
  for (const shard of shards) {
    starts.push(length);
    length += shard.tokens;
  }
  if (length !== manifest.tokens[split] || length === 0) {
    throw new LabError("corpus", {
      what: `shards of the ${split} split`,
      got: `${length} tokens`,
      expected: String(manifest.tokens[split]),
    });
  }
  const tokens = new Uint16Array(length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < shards.length) {
      const index = next++;
      const bytes = await store.file(shards[index].url, shards[index].sha256);
      tokens.set(shardTokens(bytes, shards[index], manifest.vocabSize), starts[index]);
      onShard(bytes.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, shards.length) }, worker));
  return tokens;
}

/** The tokens of a shard. All machines with WebGPU are little endian, as are the shards. */
function shardTokens(bytes: Uint8Array, shard: Shard, vocabSize: number): Uint16Array {
  const tokens = new Uint16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
  if (tokens.length !== shard.tokens || bytes.length % 2 !== 0 || !allBelow(tokens, vocabSize)) {
    throw new LabError("corpus", {
      what: `corpus shard ${shard.url}`,
      got: `${bytes.length} bytes`,
      expected: `${shard.tokens} tokens under ${vocabSize}`,
    });
  }
  return tokens;
}

/** A loop: `some` takes ten times as long on twelve million tokens. */
function allBelow(tokens: Uint16Array, limit: number): boolean {
  for (const token of tokens) if (token >= limit) return false;
  return true;
}

async function encodeAnew(
  tokens: Uint16Array,
  from: Tokenizer,
  to: Tokenizer,
  expectedBytes: number,
  onBytes: (bytes: number) => Promise<void>,
): Promise<Uint16Array> {
  const encoder = new SplitEncoder(to, expectedBytes);
  const step = 1 << 18;
  for (let at = 0; at < tokens.length; at += step) {
    await encoder.push(from.decode(tokens.subarray(at, at + step)), () => onBytes(encoder.bytes));
  }
  return encoder.finish();
}
