import { describe, expect, it } from "vitest";
import { CutWatch } from "./cut-watch.ts";

describe("a prompt that was cut", () => {
  it("shows Ollama's context at once: it keeps half of it and two tokens", () => {
    expect(new CutWatch().look(6_000, 2_050)).toEqual({ context: 4_096 });
    expect(new CutWatch().look(20_000, 4_098)).toEqual({ context: 8_192 });
  });
  it("is found elsewhere when prompts of different lengths have one count", () => {
    const watch = new CutWatch();
    expect(watch.look(9_000, 3_900)).toBeNull();
    expect(watch.look(9_700, 3_901)).toEqual({ prompt: 3_901 });
  });
  it("is found where more than half of it was read", () => {
    const watch = new CutWatch();
    expect(watch.look(5_000, 3_900)).toBeNull();
    expect(watch.look(5_100, 3_900)).toBeNull();
    expect(watch.look(6_000, 3_900)).toEqual({ prompt: 3_900 });
    const whole = new CutWatch();
    for (const [sent, read] of [
      [5_000, 4_600],
      [6_000, 5_500],
      [6_000, 5_500],
    ] as const)
      expect(whole.look(sent, read)).toBeNull();
  });
  it("is not seen where only uncached tokens are counted", () => {
    const watch = new CutWatch();
    expect(watch.look(12_000, 12_400)).toBeNull();
    for (const read of [240, 310, 2_050]) expect(watch.look(12_100, read)).toBeNull();
    const restarted = new CutWatch();
    for (const [sent, read] of [
      [12_000, 240],
      [12_300, 310],
      [12_700, 700],
    ] as const)
      expect(restarted.look(sent, read)).toBeNull();
  });
  it("is not seen in a short prompt", () => {
    expect(new CutWatch().look(1_900, 514)).toBeNull();
  });
});
