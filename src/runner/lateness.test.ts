import { describe, expect, it } from "vitest";
import { allowedLateness, HANDOVER_WAIT } from "./lateness.ts";

describe("the grace after the deadline", () => {
  it("is two and a half seconds and two steps", () => {
    expect(allowedLateness({ budgetMs: 300_000, stepMs: 100 })).toBe(2500 + 200);
  });
  it("grows with a forecast only up to a fiftieth of the budget", () => {
    expect(allowedLateness({ budgetMs: 300_000, stepMs: 1e9 })).toBe(2500 + 6000);
    expect(allowedLateness({ budgetMs: 2000, stepMs: 1e9 })).toBe(2500 + 250);
  });
  it("has an end", () => {
    expect(allowedLateness({ budgetMs: 1e9, stepMs: 1e9 })).toBe(HANDOVER_WAIT);
  });
});
