import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trainMerges } from "./bpe.ts";
import { pieceEnd } from "./pretokenize.ts";
import { createTokenizer } from "./tokenizer.ts";

function pieces(bytes: Uint8Array): number[][] {
  const result: number[][] = [];
  for (let at = 0; at < bytes.length;) {
    const end = pieceEnd(bytes, at, bytes.length);
    result.push([...bytes.subarray(at, end)]);
    at = end;
  }
  return result;
}

function replacePair(word: number[], a: number, b: number, token: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === a && word[i + 1] === b) {
      out.push(token);
      i++;
    } else out.push(word[i]);
  }
  return out;
}

/** The definition: counts all pairs of the whole text again for every merge. */
function naiveMerges(bytes: Uint8Array, vocabSize: number): number[] {
  let words = pieces(bytes);
  const merges: number[] = [];
  while (merges.length < 2 * (vocabSize - 256)) {
    const counts = new Map<number, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = word[i] * 65536 + word[i + 1];
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const best = [...counts].sort((x, y) => y[1] - x[1] || x[0] - y[0])[0];
    if (best === undefined || best[1] < 2) break;
    const [a, b] = [Math.floor(best[0] / 65536), best[0] % 65536];
    const token = 256 + merges.length / 2;
    merges.push(a, b);
    words = words.map((word) => replacePair(word, a, b, token));
  }
  return merges;
}

/** The definition: applies the merges one after the other, each over the whole text. */
function naiveEncode(bytes: Uint8Array, merges: ArrayLike<number>): number[] {
  let words = pieces(bytes);
  for (let i = 0; 2 * i < merges.length; i++) {
    words = words.map((word) => replacePair(word, merges[2 * i], merges[2 * i + 1], 256 + i));
  }
  return words.flat();
}

/** Text with few different letters, so that pairs repeat, overlap and tie. */
const repetitive = fc
  .array(fc.constantFrom(97, 97, 98, 99, 32, 10, 46), { minLength: 0, maxLength: 400 })
  .map((codes) => Uint8Array.from(codes));

describe("byte pair encoding", () => {
  test("learns the merges of the naive definition, ties and overlaps included", async () => {
    await fc.assert(
      fc.asyncProperty(repetitive, fc.integer({ min: 256, max: 300 }), async (text, vocabSize) => {
        expect([...(await trainMerges(text, vocabSize))]).toEqual(naiveMerges(text, vocabSize));
      }),
      { numRuns: 200 },
    );
  });
  test("encodes as merging everywhere in the order learned", async () => {
    await fc.assert(
      fc.asyncProperty(repetitive, repetitive, async (train, text) => {
        const tokenizer = createTokenizer(await trainMerges(train, 290), 290);
        expect([...tokenizer.encode(text)]).toEqual(naiveEncode(text, tokenizer.merges));
        expect([...tokenizer.encode(text)]).toEqual(naiveEncode(text, tokenizer.merges)); // now from the cache
      }),
    );
  });
  test("the merges of a smaller vocabulary are a prefix", async () => {
    await fc.assert(
      fc.asyncProperty(repetitive, fc.integer({ min: 256, max: 290 }), async (text, small) => {
        const larger = await trainMerges(text, 300);
        expect([...(await trainMerges(text, small))]).toEqual([...larger.slice(0, 2 * (small - 256))]);
      }),
    );
  });
  test("refuses a vocabulary out of range", async () => {
    for (const size of [255, 8193, 300.5, Number.NaN]) {
      await expect(trainMerges(new Uint8Array(10), size)).rejects.toMatchObject({ code: "value" });
    }
  });
});
