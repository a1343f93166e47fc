// Makes a corpus of the user's text: reads it once to check and sample it, learns a tokenizer from the training part,
// and reads it again to encode it. Holds the tokens and a sample in memory, never the whole file.
import { measureBaselines } from "./baselines.ts";
import { BlockHash, corpusHash } from "./block-hash.ts";
import { DEFAULT_VOCABULARY, checkVocabularySize } from "../tokenizer/bpe.ts";
import type { Corpus } from "./corpus.ts";
import { Recogniser } from "../known/known-texts.ts";
import { Repetition } from "../known/repetition.ts";
import { SEPARATOR, SPLITS, perSplit, type Split, type TextOrigin } from "./manifest.ts";
import { makePause, type ProgressOptions } from "./progress.ts";
import { SplitEncoder } from "./split-encoder.ts";
import { surveyText } from "./survey.ts";
import { readText, type TextFile } from "./text-source.ts";
import { trainTokenizer } from "../tokenizer/tokenizer.ts";

export interface ImportOptions extends ProgressOptions {
  /** 256 to 8192; default 1,024. */
  vocabSize?: number;
  /** What the texts were unpacked from; default: the texts are the files. */
  sources?: {
    readonly names: readonly string[];
    readonly origins: readonly TextOrigin[];
    readonly leftOut: readonly string[];
  };
}

/** Maximum size of the training text for the tokenizer and the n-gram baselines, in bytes; a longer text is sampled. */
const SAMPLE = 16 << 20;

/** The corpus of one file; see importTexts. */
export const importText = (file: Blob, name: string, options: ImportOptions = {}): Promise<Corpus> =>
  importTexts([{ name, file }], options);

/**
 * Makes a corpus of .txt, .md or .jsonl files, joined in order. A line of .jsonl has a field "text" or "content", or is
 * a JSON string; other files are plain text. The first 90 % are for training, the next 5 % for validation, the last 5 %
 * for the hidden test (at most 2 MiB each), cut between documents if there are enough. The splits are contiguous, so
 * that near copies, which tend to be close together, fall into one split. Needs at least 200,000 bytes of text, in
 * files of at most 512 MiB in total. Throws LabError "corpus" or "cancelled".
 */
export async function importTexts(files: readonly TextFile[], options: ImportOptions = {}): Promise<Corpus> {
  const vocabSize = options.vocabSize ?? DEFAULT_VOCABULARY;
  checkVocabularySize(vocabSize);
  const { onProgress, signal } = options;
  const pause = makePause(signal);
  const { names, origins, leftOut } = options.sources ?? {
    names: files.map(({ name }) => name),
    origins: [],
    leftOut: [],
  };
  const name = titleOf(names);
  const { ranges, sample, skipped } = await surveyText(files, name, SAMPLE, { onProgress, signal });

  const tokenizer = await trainTokenizer(sample, vocabSize, async (fraction) => {
    onProgress?.({ stage: "tokenizer", done: Math.round(fraction * sample.length), total: sample.length });
    await pause();
  });

  const encoders = perSplit((split) => new SplitEncoder(tokenizer, ranges[split].end - ranges[split].start));
  const hashes = perSplit(() => new BlockHash());
  const validation = new Uint8Array(ranges.validation.end - ranges.validation.start);
  const recogniser = new Recogniser();
  const repetition = new Repetition(ranges.train.end);
  let position = 0;
  for await (const chunk of readText(files, { signal })) {
    for (const split of SPLITS) {
      const part = within(chunk.bytes, position, ranges[split]);
      if (part.length === 0) continue;
      if (split === "validation") validation.set(part, encoders.validation.bytes);
      await hashes[split].push(part);
      if (split === "train") repetition.learn(part);
      if (split === "validation") repetition.look(part);
      const before = position;
      await encoders[split].push(part, async () => {
        onProgress?.({ stage: "tokens", done: Math.max(before, total(encoders)), total: ranges.test.end });
        await pause();
      });
    }
    recogniser.push(chunk.bytes);
    position += chunk.bytes.length;
  }

  onProgress?.({ stage: "baselines", done: 0, total: 1 });
  const baselines = await measureBaselines(sample, validation, pause);
  onProgress?.({ stage: "baselines", done: 1, total: 1 });

  const known = recogniser.best();
  const splits = perSplit((split) => encoders[split].finish());
  const [train, held, test] = await Promise.all(SPLITS.map((split) => hashes[split].finish()));
  return {
    manifest: {
      name,
      hash: await corpusHash(train, held, test),
      vocabSize,
      separator: SEPARATOR,
      bytes: perSplit((split) => encoders[split].bytes),
      tokens: perSplit((split) => splits[split].length),
      shards: [],
      merges: null,
      baselines,
      packages: [],
      ...(known && { known }),
      ...(names.length > 1 && { files: names }),
      ...(skipped > 0 && { skipped }),
      ...(files.length > names.length && { texts: files.length }),
      ...(leftOut.length > 0 && { leftOut }),
      ...(origins.length > 0 && { origins }),
      ...(repetition.share >= 0.1 && { repeated: repetition.share }),
    },
    tokenizer,
    ...splits,
  };
}

/** Maximum number of file names in the name of a text; a page and a commit have no room for more. */
const NAMED = 6;

/** The name of a text that consists of these files. */
function titleOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  const listed = more > 0 ? [...names.slice(0, NAMED), `${more} more`] : names;
  return listed.length < 2 ? names.join() : `${listed.slice(0, -1).join(", ")} and ${listed.at(-1) ?? ""}`;
}

/** The part of a chunk that starts at `position` of the text and lies in [start, end). */
function within(bytes: Uint8Array, position: number, range: { start: number; end: number }): Uint8Array {
  const from = Math.max(0, range.start - position);
  return bytes.subarray(
    Math.min(from, bytes.length),
    Math.max(from, Math.min(bytes.length, range.end - position)),
  );
}

function total(encoders: Record<Split, SplitEncoder>): number {
  return encoders.train.bytes + encoders.validation.bytes + encoders.test.bytes;
}
