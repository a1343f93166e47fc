import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../builtin/edits/catalogue.ts";
import { setConstants } from "./constants.ts";
import { foldSource } from "./fold.ts";

const seed = readFileSync(new URL("../../seed/train.ts", import.meta.url), "utf8");
const edited = (name: string, source: string) =>
  catalogue.find((edit) => edit.name === name)?.apply(source) ?? "";

describe("foldSource", () => {
  it("puts numbers in the place of constants and of their arithmetic", () => {
    const a = "const A = 2; const B = 3 * (A + 1); f(B, -A, Math.max(A, B) / 2);";
    expect(foldSource(a)).toBe(foldSource("f(9, -2, 4.5);"));
    expect(foldSource(a)).not.toBe(foldSource("f(9, -2, 4);"));
  });
  it("leaves a name alone that something else declares too", () => {
    const a = (value: number) => `const A = ${value}; function f(A) { return A; } g(A);`;
    expect(foldSource(a(1))).not.toBe(foldSource(a(2)));
  });
  it("distinguishes every constant of the seed from another value of it", () => {
    for (const name of ["DEPTH", "SOFTCAP", "FINAL_LR", "WARMUP", "MOMENTUM", "BATCH"])
      expect(foldSource(setConstants(seed, { [name]: 0.75 })), name).not.toBe(foldSource(seed));
  });
  it("sees that one shared key is every head's own while there is one head", () => {
    const shared = edited("multi-query", seed);
    expect(foldSource(setConstants(shared, { HEADS: 2 }))).not.toBe(
      foldSource(setConstants(seed, { HEADS: 2 })),
    );
    const twice = "const HEADS = 1; const D = 8; const W = HEADS * D; key = weight(W, W);";
    expect(foldSource(twice)).toBe(foldSource("key = weight(8, 8);"));
  });
  it("sees that a window as long as the row hides nothing, where the row's length is known", () => {
    const windowed = edited("attention-window", seed);
    expect(windowed).toContain("window: WINDOW");
    expect(foldSource(windowed, { seqLen: 64 })).toBe(foldSource(seed, { seqLen: 64 }));
    expect(foldSource(windowed, { seqLen: 65 })).not.toBe(foldSource(seed, { seqLen: 65 }));
    expect(foldSource(windowed)).not.toBe(foldSource(seed));
  });
  it("rounds as the program does", () => {
    const hidden = (ratio: number) => `const R = ${ratio}; const H = 8 * Math.round((R * 16) / 12); f(H);`;
    expect(foldSource(hidden(4))).toBe(foldSource("f(40);"));
    expect(foldSource(hidden(4.1))).toBe(foldSource(hidden(4)));
  });
});
