// The probes on the float64 reference: the expected probe finds every cheat, and an honest model passes.
import { beforeEach, describe, expect, it } from "vitest";
import { nn, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { comparePasses, readPass } from "./passes.ts";
import { probeRows } from "./row-probe.ts";
import { seededRandom } from "../training/random.ts";
import { type Asked, examine } from "../testing/examine.ts";
import { cheats, tinyForward, V } from "../testing/forwards.ts";

const T = 128;
let lab: Session;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
});

const asked = (more: Partial<Asked> = {}): Asked => ({
  // Without the token V - 1, which only noise has.
  tokens: Uint16Array.from({ length: 4000 }, (_, i) => (i * i + (i >> 3)) % (V - 1)),
  vocabSize: V,
  starts: [300, 1000],
  seqLen: T,
  batch: 2,
  ...more,
});

describe("the probes", { timeout: 60_000 }, () => {
  it("let an honest model pass, of one row or of several", async () => {
    for (const batch of [1, 2, 3])
      expect(await examine(lab, tinyForward(), asked({ batch, seqLen: 24 }))).toBe(null);
  });

  it.each(Object.entries(cheats))("find %s", async (_, { twist, probe }) => {
    const found = examine(lab, tinyForward(twist), asked());
    if (probe === "crash") {
      await expect(found).rejects.toMatchObject({ code: "crash" });
      return;
    }
    const failed = await found;
    expect(failed).toMatchObject({ name: probe, passed: false });
    expect(failed?.detail).toMatch(/position \d+/);
    const { witness } = failed ?? expect.unreachable();
    expect(witness !== undefined).toBe(probe !== "repeatable");
    if (witness === undefined) return;
    // Two inputs that are equal in the row up to the position, and differ elsewhere.
    const end = witness.row * T + witness.position + 1;
    const same = [witness.before, witness.after].map((all) => all.subarray(witness.row * T, end));
    expect(same[0]).toEqual(same[1]);
    expect(witness.before).not.toEqual(witness.after);
    if (probe === "causality") expect(witness.before[end]).not.toBe(witness.after[end]);
    else expect(witness.position).toBe(T - 1);
  });
});

/** Mixes rows where `open`, [1] or [B, 1], a function of the tokens as f32 [B, T], is not 0. */
const gated = (open: (tokens: Tensor) => Tensor) =>
  tinyForward((x, tokens) => x.add(x.mean(0, true).mul(open(tokens.float()).view(-1, 1, 1))));

const GATES: Readonly<Record<string, (tokens: Tensor) => Tensor>> = {
  "rows that follow each other": (x) => {
    const [B] = x.shape;
    // The alphabet in order: token i + 1 follows token i.
    const seam = x
      .narrow(0, 1, B - 1)
      .narrow(1, 0, 1)
      .sub(x.narrow(0, 0, B - 1).narrow(1, x.shape[1] - 1, 1));
    return seam
      .eq(1)
      .sum()
      .ge(B - 1);
  },
  "two equal rows": (x) => {
    const [B] = x.shape;
    return x
      .narrow(0, 0, B - 1)
      .sub(x.narrow(0, 1, B - 1))
      .abs()
      .sum(1)
      .min(0)
      .eq(0);
  },
  "rows in order": (x) => {
    const [B] = x.shape;
    return x
      .narrow(0, 1, B - 1)
      .narrow(1, 0, 1)
      .ge(x.narrow(0, 0, B - 1).narrow(1, 0, 1))
      .min();
  },
  "a mean in order": (x) => {
    const [B] = x.shape;
    const mean = x.mean(1);
    return mean
      .narrow(0, 1, B - 1)
      .ge(mean.narrow(0, 0, B - 1))
      .min();
  },
  "the first window": (x) =>
    x
      .narrow(0, 0, 1)
      .narrow(1, 0, 3)
      .eq(nn.tensor([2, 3, 4]))
      .min(),
  "rows of one token": (x) => x.sub(x.mean(1, true)).abs().max().lt(1e-3),
};

describe("rows that see each other in some batches only", { timeout: 60_000 }, () => {
  const B = 8;
  const T = 12;
  // Sentences in alphabetical order, so that adjacent rows can be recognised; the windows do not cover the whole text.
  const tokens = Uint16Array.from({ length: 3000 }, (_, i) => (2 + i + Math.floor(i / 400)) % (V - 1));
  const starts = Array.from({ length: 20 }, (_, w) => 4 * T * w);

  it.each(Object.entries(GATES))("are found: %s", async (_, open) => {
    const options = { tokens, vocabSize: V, starts, seqLen: T, batch: B, futures: false };
    const { failed } = await probeRows(lab, gated(open), { ...options, random: seededRandom(1) });
    expect(failed).toMatchObject({ name: "rows", passed: false });
    expect(failed?.detail).toMatch(/^the logits of row \d at position \d+ move by \S+ when other rows .*\)$/);
  });
});

describe("two forward passes", () => {
  const x = Uint32Array.from({ length: 2 * T }, (_, i) => (i * 7) % V);
  const y = x.map((token) => (token + 3) % V);
  const read = (forward: (tokens: Tensor) => Tensor, batch: number) => readPass(lab, forward, batch, T, x, y);

  it("of one model agree at any batch size", async () => {
    const forward = tinyForward();
    const readings = await Promise.all([1, 2, 4].map((batch) => read((tokens) => forward(tokens), batch)));
    for (const reading of readings) {
      expect(reading.nats).toHaveLength(2 * T);
      expect(comparePasses(readings[0], reading, T)).toMatchObject({ name: "passes", passed: true });
    }
  });

  it("of two models do not agree, nor of one that depends on its batch; rounding of large logits passes", async () => {
    const forward = tinyForward();
    const one = await read((tokens) => forward(tokens), 1);
    const strong = await read((tokens) => forward(tokens).mul(1.1), 2);
    const found = comparePasses(strong, one, T);
    expect(found.passed).toBe(false);
    expect(found.detail).toMatch(
      /^in a batch a row costs [\d.]+ nats at position \d+, alone it costs [\d.]+;/,
    );
    const rounded = await read((tokens) => forward(tokens).mul(1 + 1e-5), 2);
    expect(comparePasses(rounded, one, T).passed).toBe(true);
    const large = await read((tokens) => forward(tokens).mul(1e6), 1);
    const moved = await read(
      (tokens) =>
        forward(tokens)
          .mul(1e6)
          .mul(1 + 1e-5),
      2,
    );
    expect(comparePasses(moved, large, T).passed).toBe(true);
  });
});
