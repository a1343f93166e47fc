import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConstants } from "../../source/constants.ts";
import { normaliseSource } from "../../source/normalise.ts";
import { syntaxError } from "../../source/parse.ts";
import { catalogue } from "./catalogue.ts";
import { rewrite } from "./rewrite.ts";

const seed = readFileSync(new URL("../../../seed/train.ts", import.meta.url), "utf8");

describe("rewrite", () => {
  it("forgives layout and trailing commas", () => {
    expect(rewrite("f(\n  a,\n  b,\n);", ["f(a, b)", "g(a)"])).toBe("g(a);");
  });
  it("does not apply when the snippet is absent or ambiguous", () => {
    expect(rewrite("f(a);", ["f(b)", "g(b)"])).toBeNull();
    expect(rewrite("f(a); f(a);", ["f(a)", "g(a)"])).toBeNull();
  });
  it("takes a whole line away when nothing else is on it", () => {
    expect(rewrite("a;\n  b;\nc;", ["b;", ""])).toBe("a;\nc;");
  });
});

describe("the catalogue", () => {
  it("has unique names", () => {
    expect(new Set(catalogue.map((edit) => edit.name)).size).toBe(catalogue.length);
  });

  // The one edit that leads back to the seed.
  const fitting = catalogue.filter((edit) => edit.name !== "activation-relu2");
  it.each(fitting.map((edit) => [edit.name, edit] as const))("%s applies to the seed once", (_name, edit) => {
    const edited = edit.apply(seed);
    expect(edited).not.toBeNull();
    expect(syntaxError(edited!)).toBeNull();
    expect(normaliseSource(edited!)).not.toBe(normaliseSource(seed));
    const again = edit.apply(edited!);
    if (edit.slot !== "shape") expect(again).toBeNull();
  });

  it("leads back to ReLU² from another activation", () => {
    const find = (name: string) => catalogue.find((edit) => edit.name === name)!;
    const there = find("activation-gelu").apply(seed)!;
    expect(normaliseSource(find("activation-relu2").apply(there)!)).toBe(normaliseSource(seed));
  });

  it("leaves every pair of edits parseable, and declares the constants it brings with a range", () => {
    for (const first of fitting) {
      const once = first.apply(seed)!;
      const fresh = parseConstants(once).filter((c) => !parseConstants(seed).some((d) => d.name === c.name));
      for (const constant of fresh)
        expect(constant, first.name).toMatchObject({ used: true, range: { low: expect.any(Number) } });
      for (const second of catalogue) {
        const twice = second.apply(once);
        if (twice !== null) expect(syntaxError(twice), `${first.name} + ${second.name}`).toBeNull();
      }
    }
  }, 60_000);
});
