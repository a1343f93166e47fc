import { describe, expect, it } from "vitest";
import { formOf, initialForm, parseSettings } from "./settings.ts";

describe("settings before a start", () => {
  it("begins with five minutes and no end", () => {
    expect(parseSettings(initialForm(""))).toEqual({
      budgetSeconds: 300,
      experiments: 0,
      vocabSize: 1024,
      seed: 1,
      budgetTokens: 0,
      context: 0,
      rule: "auto",
      replicates: 3,
      cap: 3,
      minimumGain: 0,
      earlyStop: false,
    });
  });
  it("takes valid values from the address, and no others", () => {
    const form = initialForm("?budget=20&seed=7&vocab=12&experiments=3&x=1");
    expect(form).toMatchObject({ budgetSeconds: "20", experiments: "3", vocabSize: "1024", seed: "7" });
    const verdicts = initialForm("?rule=karpathy&earlystop=1&mingain=0.002&cap=none");
    expect(verdicts).toMatchObject({ rule: "karpathy", earlyStop: "1", minimumGain: "0.002", cap: "3" });
    expect(initialForm("?rule=luck").rule).toBe("auto");
  });
  it("shows an existing study's settings unchanged", () => {
    const verdict = { rule: "paired", replicates: 5, cap: 2, minimumGain: 0.001, earlyStop: true } as const;
    const size = { vocabSize: 256, budgetTokens: 65_536, context: 64 };
    const settings = { budgetSeconds: 20, experiments: 3, seed: 9, ...size, ...verdict };
    expect(parseSettings(formOf(settings))).toEqual(settings);
  });
});
