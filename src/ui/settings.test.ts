import { describe, expect, it } from "vitest";
import { fieldError, formOf, initialForm, parseSettings } from "./settings.ts";

describe("settings before a start", () => {
  it("begins with five minutes and no end", () => {
    expect(parseSettings(initialForm(""))).toEqual({
      budgetSeconds: 300,
      experiments: 0,
      vocabSize: 1024,
      seed: 1,
    });
  });
  it("takes the address at its word when it is valid, and only then", () => {
    const form = initialForm("?budget=20&seed=7&vocab=12&experiments=3&x=1");
    expect(form).toEqual({ budgetSeconds: "20", experiments: "3", vocabSize: "1024", seed: "7" });
  });
  it("refuses what is not a whole number in range", () => {
    expect(fieldError("budgetSeconds", "")).toBe("A number is needed.");
    expect(fieldError("budgetSeconds", "2.5")).toBeNull();
    expect(fieldError("seed", "2.5")).toBe("A whole number is needed.");
    expect(fieldError("budgetSeconds", "0.5")).toBe("At least 1.");
    expect(fieldError("vocabSize", "9000")).toBe("At most 8,192.");
    expect(fieldError("seed", "0")).toBeNull();
    expect(parseSettings({ ...initialForm(""), seed: "x" })).toBeNull();
  });
  it("shows an existing study's settings unchanged", () => {
    const settings = { budgetSeconds: 20, experiments: 3, vocabSize: 256, seed: 9 };
    expect(parseSettings(formOf(settings))).toEqual(settings);
  });
});
