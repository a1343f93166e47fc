// The probes on the float64 reference: every cheat is found by name, an honest model passes.
import { beforeEach, describe, expect, it } from "vitest";
import { nn, ReferenceBackend, Session } from "../nn/index.ts";
import { probeForward, type ProbeOptions } from "./probes.ts";
import { cheats, tinyForward, V } from "./testing/forwards.ts";

const T = 128;
let lab: Session;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
});

const options = (more: Partial<ProbeOptions> = {}): ProbeOptions => ({
  batch: 8,
  seqLen: T,
  vocabSize: V,
  text: Uint16Array.from({ length: 4000 }, (_, i) => (i * i + (i >> 3)) % V),
  seed: 5,
  budgetMs: Infinity,
  now: () => 0,
  ...more,
});

describe("the probes", () => {
  it("let an honest model pass, at every position", async () => {
    const probes = await probeForward(lab, tinyForward(), options());
    expect(probes.map(({ name, passed }) => [name, passed])).toEqual([
      ["finite", true],
      ["repeatable", true],
      ["rows", true],
      ["causality", true],
    ]);
    expect(probes[3].detail).toBe("127 of 127 positions");
  });

  it.each(Object.entries(cheats))("find %s", async (_, { twist, probe }) => {
    const probes = await probeForward(lab, tinyForward(twist), options());
    const failed = probes.filter(({ passed }) => !passed);
    expect(failed.map(({ name }) => name)).toEqual([probe]);
    expect(failed[0].detail).toMatch(/position \d+/);
  });

  it("name the position a leak starts at", async () => {
    const probes = await probeForward(
      lab,
      tinyForward(cheats["the next token, at one position only"].twist),
      options(),
    );
    expect(probes.at(-1)?.detail).toMatch(/^the logits at position 57 move by .* after position 57 change$/);
  });

  it("ask the first, the middle and the last position however little time there is", async () => {
    let now = 0;
    const probes = await probeForward(lab, tinyForward(), options({ budgetMs: 0, now: () => now++ }));
    expect(probes[3].detail).toBe("32 of 127 positions");
    for (const t of [0, 63, T - 2]) {
      const gate = nn.tensor(
        Float32Array.from({ length: T }, (_, i) => (i === t ? 1 : 0)),
        [T, 1],
      );
      const gated = tinyForward((x) =>
        x.add(
          x
            .narrow(1, 1, T - 1)
            .pad(1, 0, 1)
            .mul(gate),
        ),
      );
      const found = await probeForward(lab, gated, options({ budgetMs: 0, now: () => now++ }));
      expect(found.at(-1), `position ${t}`).toMatchObject({ name: "causality", passed: false });
    }
  });

  it("work with one row and with an odd number of them", async () => {
    for (const batch of [1, 3]) {
      const honest = await probeForward(lab, tinyForward(), options({ batch }));
      expect(honest.every(({ passed }) => passed)).toBe(true);
      const ahead = await probeForward(lab, tinyForward(cheats["the next token"].twist), options({ batch }));
      expect(ahead.at(-1)).toMatchObject({ name: "causality", passed: false });
    }
  });
});
