import { describe, expect, it } from "vitest";
import { setConstants } from "../../source/constants.ts";
import {
  byCategory,
  byResearcher,
  categorise,
  duplicateOf,
  gainOf,
  lineage,
  novelty,
  plateau,
} from "./insight.ts";
import { BASELINE, entry, SEED } from "../testing/a-study.ts";

const kept = (number: number, parent: number, more = {}) =>
  entry(number, {
    status: "keep",
    parent,
    valBpb: 2 - number / 100,
    incumbentBpb: 2 - parent / 100,
    ...more,
  });

describe("a summary of the history", () => {
  it("tallies by category and by researcher", () => {
    const history = [
      BASELINE,
      kept(1, 0, { researcher: "m", category: "mlp" }),
      entry(2),
      entry(3, { status: "crash", valBpb: null }),
    ];
    expect(byCategory(history).map(({ name, tried, kept: k, failed }) => [name, tried, k, failed])).toEqual([
      ["numeric", 2, 0, 1],
      ["mlp", 1, 1, 0],
    ]);
    expect(byResearcher(history).find(({ name }) => name === "m")?.gain).toBeCloseTo(0.01);
    expect(gainOf(entry(2, { valBpb: 1 }))).toBe(0);
  });

  it("sees a plateau after the given number of experiments", () => {
    const history = [BASELINE, ...[1, 2, 3].map((n) => entry(n))];
    expect(plateau(history, 3)).toEqual({ since: 3, plateau: true });
    expect(plateau(history, 4).plateau).toBe(false);
    expect(plateau([...history, kept(4, 0)], 3)).toEqual({ since: 0, plateau: false });
    expect(plateau([], 1).plateau).toBe(false);
  });

  it("sees when a study goes round in circles", () => {
    const batch = (number: number) => entry(number, { source: setConstants(SEED, { BATCH: number + 20 }) });
    expect(novelty([BASELINE])).toBeNull();
    expect(novelty([BASELINE, batch(1), batch(2), batch(3)])).toBe(0);
    const other = entry(4, { source: SEED.replace(".relu().square()", ".gelu()") });
    expect(novelty([BASELINE, batch(1), other])).toBe(1);
  });

  it("follows the kept experiments back to the baseline", () => {
    const history = [BASELINE, kept(1, 0), entry(2, { parent: 1 }), kept(3, 1)];
    expect(lineage(history, 3).map(({ number }) => number)).toEqual([0, 1, 3]);
    expect(lineage(history, 9)).toEqual([]);
  });

  it("recognises a repeat in another layout", () => {
    const disguised = SEED.replace("const DEPTH = 4;", "const  DEPTH = 4.0; // four").replace(
      "x.matmul(this.up)",
      "x.matmul(\n  this.up,\n)",
    );
    expect(duplicateOf(disguised, [BASELINE])).toBe(BASELINE);
    const renamed = SEED.replaceAll("MATRIX_LR", "MUON_RATE")
      .replaceAll("heads(", "split(")
      .replace("const heads", "const split");
    expect(duplicateOf(renamed, [BASELINE])).toBe(BASELINE);
    // Two rates that change places are no renaming, and neither is another function of Math.
    const swapped = SEED.replace(/EMBED_LR(?=, betas)/, "HEAD_RATE")
      .replace(/HEAD_LR(?=, betas)/, "EMBED_LR")
      .replace("HEAD_RATE", "HEAD_LR");
    expect(swapped).not.toBe(SEED);
    expect(duplicateOf(swapped, [BASELINE])).toBeNull();
    expect(duplicateOf(SEED.replace("Math.min(1, p", "Math.max(1, p"), [BASELINE])).toBeNull();
    expect(duplicateOf(setConstants(SEED, { DEPTH: 5 }), [BASELINE])).toBeNull();
  });

  it("names the kind of a change", () => {
    expect(categorise(SEED, setConstants(SEED, { DEPTH: 5, MATRIX_LR: 0.03 }))).toBe("numeric");
    expect(categorise(SEED, SEED.replace(".relu().square()", ".gelu()"))).toBe("mlp");
    expect(categorise(SEED, SEED.replace("nn.zeros :", "nn.ones :"))).toBe("initialisation");
    expect(categorise(SEED, SEED.replace(/^.*new nn\.AdamW\(\[model\.head.*\n/m, ""))).toBe("simplification");
  });
});
