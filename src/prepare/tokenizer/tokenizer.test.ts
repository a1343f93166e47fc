import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SplitEncoder } from "../corpus/split-encoder.ts";
import { createTokenizer, trainTokenizer } from "./tokenizer.ts";

const text = new TextEncoder().encode(
  "export function add(a: number, b: number): number {\n  return a + b; // the sum of a and b\n}\n\n".repeat(
    30,
  ),
);
const tokenizer = await trainTokenizer(text, 320);

/** Arbitrary bytes, including invalid UTF-8, mixed with text for which there are merges. */
const anyBytes = fc
  .array(
    fc.oneof(fc.uint8Array({ maxLength: 90 }), fc.constantFrom(text.slice(0, 70), text.slice(31, 200))),
    {
      maxLength: 8,
    },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

describe("tokenizer", () => {
  test("decode undoes encode on any bytes", () => {
    fc.assert(
      fc.property(anyBytes, fc.constantFrom(256, 257, 300, 320), (bytes, vocabSize) => {
        const smaller = createTokenizer(tokenizer.merges, vocabSize);
        const tokens = smaller.encode(bytes);
        expect(smaller.decode(tokens)).toEqual(bytes);
        expect(tokens.every((t) => t < vocabSize)).toBe(true);
        expect(tokens.reduce((sum, t) => sum + smaller.byteLengths[t], 0)).toBe(bytes.length);
      }),
    );
  });
  test("a larger vocabulary makes fewer tokens of its own kind of text", () => {
    const lengths = [256, 280, 320].map(
      (size) => createTokenizer(tokenizer.merges, size).encode(text).length,
    );
    expect(lengths[0]).toBe(text.length);
    expect(lengths[1]).toBeLessThan(lengths[0]);
    expect(lengths[2]).toBeLessThan(lengths[1]);
  });
  test("text that comes in chunks of any length gives the tokens of the whole", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyBytes,
        fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 12 }),
        async (bytes, cuts) => {
          const encoder = new SplitEncoder(tokenizer, 10);
          let at = 0;
          for (const length of [...cuts, bytes.length]) {
            await encoder.push(bytes.subarray(at, at + length), () => Promise.resolve());
            at += length;
          }
          expect(encoder.finish()).toEqual(tokenizer.encode(bytes));
          expect(encoder.bytes).toBe(bytes.length);
        },
      ),
    );
  });
  test("more distinct pieces than the cache holds are still encoded right", () => {
    const words = Array.from({ length: 150_000 }, (_, i) =>
      i.toString(2).replaceAll("0", "q").replaceAll("1", "w"),
    );
    const bytes = new TextEncoder().encode(words.join(" "));
    const first = tokenizer.encode(bytes);
    const again = tokenizer.encode(bytes); // starting with a cache of other pieces
    expect(Buffer.from(tokenizer.decode(first)).equals(bytes)).toBe(true);
    expect(Buffer.from(again.buffer).equals(Buffer.from(first.buffer))).toBe(true);
  });
  test("an id without a merge decodes to nothing, one outside the vocabulary is an error", () => {
    const bare = createTokenizer(new Uint16Array(0), 300);
    expect(bare.byteLengths[299]).toBe(0);
    expect(bare.decode(Uint16Array.of(299, 65))).toEqual(Uint8Array.of(65));
    expect(() => bare.decode(Uint16Array.of(300))).toThrow(/token, got 300/);
  });
  test("merges of tokens not yet made are refused", () => {
    expect(() => createTokenizer(Uint16Array.of(97, 256), 257)).toThrow(/merge 0/);
  });
});
