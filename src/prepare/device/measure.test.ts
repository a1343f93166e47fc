import { describe, expect, it } from "vitest";
import { Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { measureAdapter, tierOf } from "./measure.ts";

describe("measuring", () => {
  it("times matrix products and stops when the times agree", async () => {
    const lab = new Session(new ReferenceBackend(), 1);
    lab.activate();
    let now = 0;
    const engine = {
      software: false,
      // No values are computed: this tests only the arithmetic of the clock.
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
