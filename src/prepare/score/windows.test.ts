import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTokenizer } from "../tokenizer/tokenizer.ts";
import { bitsPerByte, chunkBitsPerByte, chunkBytes, makeWindows } from "./windows.ts";

// token 256 is "aa", 257 is "aaa", 258 has no merge and no text
const tokenizer = createTokenizer(Uint16Array.of(97, 97, 256, 97), 259);
const LENGTH = [1, 2, 3, 0];

const tokens = fc
  .array(fc.constantFrom(98, 256, 257, 258), { minLength: 2, maxLength: 200 })
  .map((list) => Uint16Array.from(list));

describe("windows", () => {
  test("are whole, do not overlap, and count exactly the bytes of their targets", () => {
    fc.assert(
      fc.property(
        tokens,
        fc.integer({ min: 1, max: 9 }),
        fc.option(fc.integer({ min: 1, max: 40 })),
        (all, seqLen, count) => {
          fc.pre(all.length > seqLen);
          const windows = makeWindows(all, tokenizer, seqLen, count ?? undefined);
          const fitting = Math.floor((all.length - 1) / seqLen);
          expect(windows.starts.length).toBe(Math.min(count ?? fitting, fitting));
          windows.starts.forEach((start, w) => {
            if (w > 0) expect(start).toBeGreaterThanOrEqual(windows.starts[w - 1] + seqLen);
            const targets = all.subarray(start + 1, start + 1 + seqLen);
            expect(targets.length).toBe(seqLen);
            expect(windows.bytes[w]).toBe(
              [...targets].reduce((sum, t) => sum + LENGTH[Math.max(0, t - 255)], 0),
            );
          });
        },
      ),
    );
  });
  test("are spread over the whole text", () => {
    const windows = makeWindows(new Uint16Array(1001), tokenizer, 10, 4);
    expect([...windows.starts]).toEqual([0, 250, 500, 750]);
  });
  test("a text too short is an error", () => {
    expect(() => makeWindows(new Uint16Array(8), tokenizer, 8)).toThrow(/at least one window/);
  });
});

describe("bits per byte", () => {
  test("a model that gives every byte probability 1/256 scores 8 with any vocabulary", () => {
    const windows = makeWindows(
      Uint16Array.from({ length: 101 }, (_, i) => [98, 256, 257][i % 3]),
      tokenizer,
      10,
    );
    const nats = windows.bytes.map((bytes) => bytes * Math.log(256));
    expect(bitsPerByte(nats, windows)).toBeCloseTo(8, 12);
    for (const chunk of chunkBitsPerByte(nats, windows, 3)) expect(chunk).toBeCloseTo(8, 12);
  });
  test("weighs windows by their bytes", () => {
    const windows = { starts: Uint32Array.of(0, 1), seqLen: 1, bytes: Float64Array.of(1, 3) };
    expect(bitsPerByte([8 * Math.LN2, 0], windows)).toBeCloseTo(2, 12);
    expect(chunkBitsPerByte([8 * Math.LN2, 0], windows, 5)).toEqual([8, 0]);
    expect(chunkBytes(windows, 5)).toEqual([...windows.bytes]);
    expect(() => bitsPerByte([1], windows)).toThrow(/one per window/);
  });
});
