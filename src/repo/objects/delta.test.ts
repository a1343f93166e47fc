import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeltaBase, applyDelta, encodeDelta } from "./delta.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const encode = (base: Uint8Array, target: Uint8Array): Uint8Array =>
  encodeDelta(new DeltaBase(base), target, Infinity) ?? new Uint8Array();

/** A base, and a target made of pieces of the base and of new pieces. */
const related = fc
  .tuple(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.oneof(fc.tuple(fc.nat(400), fc.nat(400)), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 12,
    }),
  )
  .map(([base, pieces]) => {
    const parts = pieces.map((piece) =>
      piece instanceof Uint8Array ? piece : base.slice(piece[0], piece[1]),
    );
    return { base, target: Uint8Array.from(parts.flatMap((part) => [...part])) };
  });

describe("delta", () => {
  test("rebuilds any target from any base", () => {
    fc.assert(
      fc.property(related, ({ base, target }) => {
        expect(applyDelta(base, encode(base, target), 1 << 20)).toEqual(target);
      }),
      { numRuns: 400 },
    );
  }, 30_000);

  test("a copy longer than one instruction, and of exactly 64 KB", () => {
    for (const size of [0x10000, 0x20000, 0x1000000 + 17]) {
      const base = new Uint8Array(size).map((_, i) => (i * 31) >> 3);
      const delta = encode(base, base);
      expect(delta.length).toBeLessThan(40);
      expect(Buffer.compare(applyDelta(base, delta, 1 << 25), base)).toBe(0);
    }
  });

  test("a line in the middle costs about its own length", () => {
    const lines = Array.from({ length: 400 }, (_, i) => `const constant${i} = ${i * 7919};`);
    const changed = lines.with(200, "const inserted = 1;").toSpliced(50, 2);
    const delta = encode(bytes(lines.join("\n")), bytes(changed.join("\n")));
    expect(delta.length).toBeLessThan(100);
  });

  test("gives up at the limit", () => {
    expect(
      encodeDelta(new DeltaBase(bytes("a".repeat(64))), bytes("0123456789".repeat(10)), 50),
    ).toBeUndefined();
  });

  test("damage is an error, never another text", () => {
    const base = bytes("the quick brown fox jumps over the lazy dog, again and again and again");
    const delta = encode(
      base,
      bytes("the quick brown fox jumps over the lazy cat, again and again and again"),
    );
    expect(() => applyDelta(base.subarray(1), delta, 1 << 20)).toThrow(/its base has another size/);
    expect(() => applyDelta(base, delta.subarray(0, -1), 1 << 20)).toThrow(/damaged/);
    expect(() => applyDelta(base, delta, 10)).toThrow(/too large/);
    expect(() => applyDelta(base, Uint8Array.of(base.length, 4, 0), 1 << 20)).toThrow(/unknown/);
    expect(() => applyDelta(base, Uint8Array.of(base.length, 9, 0x91, 100, 9), 1 << 20)).toThrow(
      /past the end/,
    );
  });
});
