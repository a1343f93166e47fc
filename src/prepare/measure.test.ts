import { describe, expect, it } from "vitest";
import { ReferenceBackend, Session } from "../nn/index.ts";
import { measureAdapter, planWindows, tierOf } from "./measure.ts";

describe("measuring", () => {
  it("times matrix products and stops when it knows enough", async () => {
    const lab = new Session(new ReferenceBackend(), 1);
    lab.activate();
    let now = 0;
    const engine = {
      software: false,
      // The values are never computed here: only the arithmetic of the clock is under test.
      readLater: () => Promise.resolve(new Float32Array(1)),
      reset: lab.reset.bind(lab),
      prepare: async () => {
        now += 60; // a chain is one step: 60 ms, and a larger one another 60
        lab.abandon();
      },
    };
    const { flopsPerSecond } = await measureAdapter(engine, () => now);
    expect(flopsPerSecond).toBeGreaterThan((4 * 2 * 1024 ** 3) / 0.061);
  });

  it("sorts adapters into tiers", () => {
    expect(tierOf(1e14, true)).toBe("software");
    expect(tierOf(1e10, false)).toBe("software");
    expect(tierOf(3e11, false)).toBe("integrated");
    expect(tierOf(3e12, false)).toBe("laptop");
    expect(tierOf(3e13, false)).toBe("desktop");
  });
});

describe("planWindows", () => {
  const base = { seqLen: 128, tokens: 400_000 } as const;
  it("takes all of the text on a GPU", () => {
    const laptop = planWindows({ ...base, tier: "laptop", flopsPerSecond: 2e12, budgetSeconds: 300 });
    expect(laptop.windows).toBe(Math.floor(399_999 / 128));
  });
  it("takes what a tenth of the budget affords on a software adapter, in whole batches", () => {
    const plan = (budgetSeconds: number) =>
      planWindows({ ...base, tier: "software", flopsPerSecond: 6e9, budgetSeconds });
    const { windows, scoreBatch } = plan(300);
    expect(windows % scoreBatch).toBe(0);
    const seconds = (windows * 128 * 2 * 2.5e5) / (0.2 * 6e9);
    expect(seconds).toBeLessThanOrEqual(30);
    expect(seconds).toBeGreaterThan(25);
    expect(plan(1).windows).toBe(32);
  });
  it("never takes more than there is", () => {
    const tiny = planWindows({
      ...base,
      tokens: 1000,
      tier: "software",
      flopsPerSecond: 6e9,
      budgetSeconds: 20,
    });
    expect(tiny.windows).toBe(7);
  });
});
