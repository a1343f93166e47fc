import { describe, expect, it } from "vitest";
import {
  chosenRule,
  completeSettings,
  DEFAULT_SETTINGS,
  settingsFromAddress,
  settingsToGoOn,
} from "./settings.ts";

describe("settings", () => {
  it("default to five minutes a run, without an end", () => {
    expect(completeSettings({})).toEqual(DEFAULT_SETTINGS);
    expect(DEFAULT_SETTINGS).toMatchObject({ budgetSeconds: 300, seed: 1, vocabSize: 1024, experiments: 0 });
  });
  it("come from the address", () => {
    const { settings, ignored } = settingsFromAddress("?budget=20&seed=7&vocab=256&experiments=3&other=x");
    expect(completeSettings(settings)).toEqual({
      ...DEFAULT_SETTINGS,
      budgetSeconds: 20,
      seed: 7,
      vocabSize: 256,
      experiments: 3,
    });
    expect(ignored).toEqual([]);
  });
  it("name the wrong values of the address, and keep the rest", () => {
    const { settings, ignored } = settingsFromAddress("?budget=soon&seed=&vocab=9000&experiments=2");
    expect(settings).toEqual({ experiments: 2 });
    expect(ignored).toEqual([
      "budget: got soon, expected a number from 1 to 86400",
      "seed: got nothing, expected a whole number from 0 to 4294967295",
      "vocab: got 9000, expected a whole number from 256 to 8192",
    ]);
  });
  it.each([
    [{ budgetSeconds: 0 }, /budget, got 0, expected a number from 1 to 86400/],
    [{ seed: 1.5 }, /seed, got 1.5, expected a whole number/],
    [{ vocabSize: NaN }, /vocab/],
    [{ experiments: -1 }, /experiments/],
  ])("refuse %j", (given, message) => {
    expect(() => completeSettings(given)).toThrow(message);
  });
  it("choose how verdicts are reached, and name invalid choices", () => {
    const asked = "?rule=paired&replicates=5&cap=4&mingain=0.001&earlystop=1";
    expect(settingsFromAddress(asked)).toEqual({
      settings: { rule: "paired", replicates: 5, cap: 4, minimumGain: 0.001, earlyStop: true },
      ignored: [],
    });
    const wrong = settingsFromAddress("?rule=luck&earlystop=maybe&replicates=0");
    expect(wrong).toEqual({
      settings: {},
      ignored: [
        "rule: got luck, expected auto, paired or karpathy",
        "replicates: got 0, expected a whole number from 1 to 20",
        "earlystop: got maybe, expected 0 or 1",
      ],
    });
    expect(() => completeSettings({ rule: "luck" as "auto" })).toThrow(
      /rule, got luck, expected auto, paired/,
    );
  });
  it("measure the noise by themselves where a run takes a minute, and when asked to", () => {
    const rule = (given: object) => chosenRule(completeSettings(given));
    expect(rule({})).toBe("paired");
    expect(rule({ budgetSeconds: 60 })).toBe("paired");
    expect(rule({ budgetSeconds: 20 })).toBe("karpathy");
    expect(rule({ budgetSeconds: 20, rule: "paired" })).toBe("paired");
    expect(rule({ rule: "karpathy" })).toBe("karpathy");
  });
  it("go on with a study are its own, but for its limit and program, and for a rule that is chosen by itself", () => {
    const own = completeSettings({ budgetSeconds: 20, rule: "karpathy", experiments: 3 });
    const goOn = (given: object) => settingsToGoOn({ tag: "nov20", settings: own }, given);
    expect(goOn({})).toEqual(own);
    expect(goOn({ experiments: 9, rule: "auto" })).toEqual({ ...own, experiments: 9 });
    for (const given of [
      { budgetSeconds: 21 },
      { budgetTokens: 1 },
      { context: 64 },
      { vocabSize: 512 },
      { seed: 2 },
      { rule: "paired" },
      { replicates: 4 },
      { cap: 4 },
      { minimumGain: 0.1 },
      { earlyStop: true },
    ])
      expect(() => goOn(given), JSON.stringify(given)).toThrow(
        new RegExp(`study nov20 keeps its ${Object.keys(given).join()}.*begin a new study`),
      );
    expect(() => goOn({ experiments: -1 })).toThrow(/experiments/);
  });
  it("keep a first train.ts and program.md", () => {
    expect(completeSettings({ train: "x" })).toEqual({ ...DEFAULT_SETTINGS, train: "x" });
  });
});
