// The probes on the float64 reference: every cheat is found by name, an honest model passes.
import { beforeEach, describe, expect, it } from "vitest";
import { nn, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { probeForward, type ProbeOptions } from "./probes.ts";
import { cheats, tinyForward, V } from "../testing/forwards.ts";

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
  // Without the last token: noise would have it.
  text: Uint16Array.from({ length: 4000 }, (_, i) => (i * i + (i >> 3)) % (V - 1)),
  seed: 5,
  thorough: true,
  budgetMs: Infinity,
  now: () => 0,
  ...more,
});

const hurried = (now: () => number) => ({ thorough: false, budgetMs: 0, now });

describe("the probes", { timeout: 60_000 }, () => {
  it("let an honest model pass, at every position", async () => {
    const probes = await probeForward(lab, tinyForward(), options());
    expect(probes.map(({ name, passed }) => [name, passed])).toEqual([
      ["finite", true],
      ["repeatable", true],
      ["rows", true],
      ["causality", true],
    ]);
    expect(probes[3].detail).toBe("every position");
  });

  it.each(Object.entries(cheats))("find %s", async (_, { twist, probe }) => {
    const probes = await probeForward(lab, tinyForward(twist), options());
    const failed = probes.filter(({ passed }) => !passed);
    expect(failed.map(({ name }) => name)).toEqual([probe]);
    expect(failed[0].detail).toMatch(/position \d+/);
    const { witness } = failed[0];
    expect(witness !== undefined).toBe(probe === "causality");
    if (witness === undefined) return;
    // The witness is two inputs that are the same up to its position.
    const end = witness.row * T + witness.position + 1;
    expect(witness.before.subarray(witness.row * T, end)).toEqual(
      witness.after.subarray(witness.row * T, end),
    );
    expect(witness.before[end]).not.toBe(witness.after[end]);
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
    const probes = await probeForward(lab, tinyForward(), options({ batch: 4, ...hurried(() => now++) }));
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
      const found = await probeForward(lab, gated, options({ batch: 4, ...hurried(() => now++) }));
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

  it("ask every position of the final weights, however little time there is, and go on while there is some", async () => {
    let now = 0;
    const table = nn.parameter([V, V], nn.normal(1));
    const bigram = () => (tokens: Tensor) => nn.embedding(table, tokens);
    const hasty = await probeForward(lab, bigram(), options({ budgetMs: 0, now: () => now++ }));
    expect(hasty[3].detail).toBe("every position");
    now = 0;
    const patient = await probeForward(lab, bigram(), options({ budgetMs: 4, now: () => now++ }));
    expect(patient[3].detail).toMatch(/^every position, \d+ times in all$/);
  });

  it("are not fooled by logits that are infinite wherever they leak", async () => {
    // -inf minus -inf is NaN, which a maximum may lose: it is counted instead.
    const table = new Float32Array(V * V).fill(0);
    for (let i = 0; i < V; i++) table[i * V + V - 1] = -1;
    const values = nn.parameter([V, V], table);
    const hidden = (tokens: Tensor) => {
      const x = nn.embedding(values, tokens);
      return x.sub(x.lt(0).mul(1e38)).sub(x.lt(0).mul(3e38));
    };
    expect((await probeForward(lab, hidden, options())).at(-1)).toMatchObject({
      name: "finite",
      passed: false,
    });
  });
});
