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

// All but the one edit that leads back to the seed.
const fittingNames = catalogue.map(({ name }) => name).filter((name) => name !== "activation-relu2");

describe("a train.ts that others wrote", () => {
  const RENAMED: readonly (readonly [RegExp, string])[] = [
    [/\bquery\b/g, "wq"],
    [/\bkey\b/g, "wk"],
    [/\bvalue\b/g, "wv"],
    [/\bout\b(?!put)/g, "wo"],
    [/\bup = weight/g, "fc = weight"],
    [/this\.up\b/g, "this.fc"],
    [/\bdown = weight/g, "proj = weight"],
    [/this\.down\b/g, "this.proj"],
    [/\bhead\b(?! of| \()/g, "unembed"],
    [/\bembed\b/g, "wte"],
    [/\bx\b(?=[.:)]| =)/g, "h"],
    [/\bweight\(/g, "matrix("],
  ];
  const code = seed.slice(seed.indexOf("const WIDTH"));
  const own =
    seed.slice(0, seed.indexOf("const WIDTH")) +
    RENAMED.reduce((text, [from, to]) => text.replace(from, to), code)
      .replace(/const \{ h, y \}|const \{ x, y \}/, "const { x, y }")
      .replace("model.forward(h)", "model.forward(x)")
      .replace("return h.matmul(this.fc)", "return h\n      .matmul(this.fc) // twice as wide\n      ");

  it("gets the edits too, in its own names, with any layout and comments", () => {
    expect(syntaxError(own)).toBeNull();
    const lost = fittingNames.filter((name) => {
      const edited = catalogue.find((edit) => edit.name === name)?.apply(own) ?? null;
      return edited === null || syntaxError(edited) !== null || /this\.(query|up|head|embed)\b/.test(edited);
    });
    expect(lost).toEqual([]);
  });
  it("keeps its own names in the new code", () => {
    const gated = catalogue.find((edit) => edit.name === "mlp-swiglu")?.apply(own) ?? "";
    expect(gated).toContain("return h.matmul(this.gate).silu().mul(h.matmul(this.fc)).matmul(this.proj);");
    expect(gated).toContain("gate = matrix(WIDTH, HIDDEN);\n  fc = matrix(WIDTH, HIDDEN);");
  });
  it("is edited in code only, not in strings or comments", () => {
    expect(rewrite('f("g(a)"); // g(a)', ["g(a)", "k(a)"])).toBeNull();
    expect(rewrite("f(a) /* then */\n  .g();", ["f(a).g()", "k(a)"])).toBe("k(a);");
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
  }, 120_000);
});
