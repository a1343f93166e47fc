import { describe, expect, it } from "vitest";
import { allowedLateness, PATIENT } from "./lateness.ts";

describe("the grace after the deadline", () => {
  it("is two and a half seconds, two steps and the bytes of an honest run", () => {
    expect(allowedLateness({ budgetMs: 300_000, stepMs: 100, bytes: 5e6 })).toBe(2500 + 200 + 100);
  });
  it("grows with a forecast only up to a fiftieth of the budget", () => {
    expect(allowedLateness({ budgetMs: 300_000, stepMs: 1e9, bytes: 0 })).toBe(2500 + 6000);
    expect(allowedLateness({ budgetMs: 2000, stepMs: 1e9, bytes: 0 })).toBe(2500 + 250);
  });
  it("has an end", () => {
    expect(allowedLateness({ budgetMs: 1e9, stepMs: 1e9, bytes: 1e12 })).toBe(PATIENT);
  });
});
