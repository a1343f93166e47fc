// The first reading of a user's file: is it usable, how long is its text, where may it be cut, and a sample of it.
import { LabError } from "../error.ts";
import type { ProgressOptions } from "./progress.ts";
import type { Split } from "./manifest.ts";
import { readText } from "./text-source.ts";

/** A text must have so many bytes; less teaches nothing and scores noise. */
export const MIN_IMPORT_BYTES = 200_000;
/** A file may have so many bytes: its tokens (up to 2 bytes for each) must fit in a tab's memory beside a model. */
export const MAX_IMPORT_BYTES = 512 << 20;
/** Validation and test take a twentieth each, and no more than this: a score need not take longer than training. */
export const MAX_HELD_OUT_BYTES = 4 << 20;

/** What the first reading finds out. */
export interface Survey {
  /** Where each split begins and ends in the text, in bytes: train first, then validation, then test. */
  ranges: Record<Split, { start: number; end: number }>;
  /** Evenly spread blocks of the training part, or all of it when it is short. */
  sample: Uint8Array;
}

/** Reads the file once. Throws LabError "corpus" when it cannot be used. `sampleLimit` in bytes, at least 1 MiB. */
export async function surveyText(
  file: Blob,
  name: string,
  sampleLimit: number,
  options: ProgressOptions,
): Promise<Survey> {
  if (file.size > MAX_IMPORT_BYTES) {
    throw new LabError("corpus", {
      what: `${name} is too long`,
      got: `${Math.ceil(file.size / 2 ** 20)} MiB`,
      expected: `at most ${MAX_IMPORT_BYTES / 2 ** 20} MiB`,
      hint: "drop a part of it",
    });
  }
  const sampler = new Sampler(sampleLimit);
  const ends: number[] = [];
  // Where a cut may fall when it must not fall between documents: for a plain text, on a character.
  let total = 0;
  for await (const chunk of readText(file, name, options)) {
    sampler.push(chunk.bytes);
    for (const end of chunk.ends) ends.push(total + end);
    total += chunk.bytes.length;
  }
  if (total < MIN_IMPORT_BYTES) {
    throw new LabError("corpus", {
      what: `${name} is too short`,
      got: `${total.toLocaleString("en")} bytes of text`,
      expected: `at least ${MIN_IMPORT_BYTES.toLocaleString("en")}`,
      hint: "drop a longer text, or several joined into one file",
    });
  }
  const heldOut = Math.min(Math.floor(total / 20), MAX_HELD_OUT_BYTES);
  // floor(0.9 n) as nanoGPT cuts, so that figures on a short text can be compared
  const trainTarget = heldOut === MAX_HELD_OUT_BYTES ? total - 2 * heldOut : Math.floor(0.9 * total);
  const trainEnd = cutAt(trainTarget, ends, total);
  const validationEnd = cutAt(Math.floor((trainEnd + total) / 2), ends, total);
  if (trainEnd === 0 || validationEnd <= trainEnd || validationEnd >= total) {
    throw new LabError("corpus", {
      what: `${name} cannot be split`,
      got: `${ends.length} documents, one of them very long`,
      expected: "documents shorter than a twentieth of the text",
      hint: "drop it as plain text",
    });
  }
  return {
    ranges: {
      train: { start: 0, end: trainEnd },
      validation: { start: trainEnd, end: validationEnd },
      test: { start: validationEnd, end: total },
    },
    sample: sampler.upTo(trainEnd),
  };
}

/** The end of a document nearest to `target`; the target itself when the text is one document. */
function cutAt(target: number, ends: readonly number[], total: number): number {
  if (ends.length <= 1) return target;
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] < target) low = middle + 1;
    else high = middle;
  }
  const after = ends[low] ?? total;
  const before = ends[low - 1] ?? 0;
  return target - before < after - target ? before : after;
}

/** Keeps every block at first, and every second of those it has whenever they become too many. */
class Sampler {
  private static readonly BLOCK = 64 << 10;
  private readonly limit: number;
  private stride = 1;
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
    if (this.index % this.stride === 0) {
      this.kept.push({ index: this.index, bytes: this.block.slice(0, this.filled) });
      if (this.kept.length > this.limit) {
        this.stride *= 2;
        this.kept = this.kept.filter(({ index }) => index % this.stride === 0);
      }
    }
    this.index++;
    this.filled = 0;
  }
}
