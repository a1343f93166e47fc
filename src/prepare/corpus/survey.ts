// The first reading of a user's files: checks them, measures the text, finds places to cut it, and takes a sample.
import { LabError } from "../../error.ts";
import type { ProgressOptions } from "./progress.ts";
import type { Split } from "./manifest.ts";
import { bytesOf, readText, type TextFile } from "./text-source.ts";

/** Minimum size of a text, in bytes: a shorter one teaches nothing, and its scores are noise. */
export const MIN_IMPORT_BYTES = 200_000;
/** Maximum size of all files, in bytes: their tokens (2 bytes each) must fit in the memory of a tab next to a model. */
export const MAX_IMPORT_BYTES = 512 << 20;
/** Maximum size of validation and of test, in bytes; else a twentieth each. Scoring must not outlast training. */
export const MAX_HELD_OUT_BYTES = 2 << 20;

/** The results of the first reading. */
export interface Survey {
  /** Start and end of each split in the text, in bytes: train first, then validation, then test. */
  ranges: Record<Split, { start: number; end: number }>;
  /** Blocks from all over the training part, or all of it if it is short. */
  sample: Uint8Array;
  /** Number of skipped lines of JSON without a text. */
  skipped: number;
}

/** Reads the files once; `title` names them in errors. `sampleLimit` in bytes, >= 1 MiB. Throws LabError "corpus". */
export async function surveyText(
  files: readonly TextFile[],
  title: string,
  sampleLimit: number,
  options: ProgressOptions,
): Promise<Survey> {
  const size = bytesOf(files);
  if (size > MAX_IMPORT_BYTES) {
    throw new LabError("corpus", {
      what: `${title} is too long`,
      got: `${Math.ceil(size / 2 ** 20)} MiB`,
      expected: `at most ${MAX_IMPORT_BYTES / 2 ** 20} MiB`,
      hint: "bring a part of it",
    });
  }
  const sampler = new Sampler(sampleLimit);
  const ends: number[] = [];
  let total = 0;
  let skipped = 0;
  for await (const chunk of readText(files, options)) {
    sampler.push(chunk.bytes);
    skipped = chunk.skipped;
    for (const end of chunk.ends) ends.push(total + end);
    total += chunk.bytes.length;
  }
  if (total < MIN_IMPORT_BYTES) {
    throw new LabError("corpus", {
      what: `${title} is too short`,
      got: `${total.toLocaleString("en")} bytes of text${skipped === 0 ? "" : `, ${linesWithoutText(skipped)}`}`,
      expected: `at least ${MIN_IMPORT_BYTES.toLocaleString("en")}`,
      hint: "bring a longer text, or several at once",
    });
  }
  const heldOut = Math.min(Math.floor(total / 20), MAX_HELD_OUT_BYTES);
  // floor(0.9 n) as in nanoGPT, so that scores on a short text can be compared
  const trainTarget = heldOut === MAX_HELD_OUT_BYTES ? total - 2 * heldOut : Math.floor(0.9 * total);
  const [trainEnd, validationEnd] = cut(trainTarget, total, ends);
  return {
    ranges: {
      train: { start: 0, end: trainEnd },
      validation: { start: trainEnd, end: validationEnd },
      test: { start: validationEnd, end: total },
    },
    sample: sampler.upTo(trainEnd),
    skipped,
  };
}

const linesWithoutText = (count: number): string =>
  count === 1 ? "1 line without a text" : `${count.toLocaleString("en")} lines without a text`;

/** The ends of train and validation: between documents, or anywhere if documents are too few or too long. */
function cut(trainTarget: number, total: number, ends: readonly number[]): [number, number] {
  const validationTarget = Math.floor((trainTarget + total) / 2);
  const trainEnd = nearest(trainTarget, ends);
  const validationEnd = nearest((trainEnd + total) / 2, ends);
  const least = (total - trainTarget) / 4;
  const good = trainEnd > 0 && validationEnd - trainEnd >= least && total - validationEnd >= least;
  return good ? [trainEnd, validationEnd] : [trainTarget, validationTarget];
}

/** The number in an ascending list that is nearest to `target`; 0 if the list is empty. */
function nearest(target: number, ascending: readonly number[]): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < target) low = middle + 1;
    else high = middle;
  }
  const after = ascending[low] ?? 0;
  const before = ascending[low - 1] ?? 0;
  return target - before < Math.abs(after - target) ? before : after;
}

/**
 * Keeps every block at first, and drops about half of the kept blocks whenever they are too many. A hash of the place
 * decides which, because in a repetitive text every second block could be the same.
 */
class Sampler {
  private static readonly BLOCK = 64 << 10;
  private readonly limit: number;
  private mask = 0;
  private index = 0;
  private block = new Uint8Array(Sampler.BLOCK);
  private filled = 0;
  private kept: { index: number; bytes: Uint8Array }[] = [];

  constructor(limit: number) {
    this.limit = Math.floor(limit / Sampler.BLOCK);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const take = Math.min(bytes.length - at, Sampler.BLOCK - this.filled);
      this.block.set(bytes.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === Sampler.BLOCK) this.close();
    }
  }

  /** The kept bytes before a place of the text, joined. */
  upTo(end: number): Uint8Array {
    if (this.filled > 0) this.close();
    const parts = this.kept.map(({ index, bytes }) =>
      bytes.subarray(0, Math.max(0, end - index * Sampler.BLOCK)),
    );
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private close(): void {
    if ((mix(this.index) & this.mask) === 0) {
      this.kept.push({ index: this.index, bytes: this.block.slice(0, this.filled) });
      while (this.kept.length > this.limit) {
        this.mask = this.mask * 2 + 1;
        this.kept = this.kept.filter(({ index }) => (mix(index) & this.mask) === 0);
      }
    }
    this.index++;
    this.filled = 0;
  }
}

/** Scatters small whole numbers over 32 bits. */
function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
