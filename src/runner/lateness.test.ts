import { describe, expect, it } from "vitest";
import { allowedLateness, HANDOVER_WAIT } from "./lateness.ts";

describe("the grace after the deadline", () => {
  it("is two and a half seconds and a fiftieth of the budget, or a quarter of a second", () => {
    expect(allowedLateness(300_000)).toBe(2500 + 6000);
    expect(allowedLateness(2000)).toBe(2500 + 250);
  });
  it("has an end", () => {
    expect(allowedLateness(1e9)).toBe(HANDOVER_WAIT);
  });
});
