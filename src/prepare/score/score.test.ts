// The score on the float64 reference against one written down independently.
import { beforeEach, describe, expect, it } from "vitest";
import { nn, Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { seededRandom } from "../training/random.ts";
import { sampleTokens } from "./sample.ts";
import type { ForwardPass } from "./examiner.ts";
import { scoreWindows } from "./score.ts";
import { tinyForward, V } from "../testing/forwards.ts";
import { bitsPerByte, makeWindows } from "./windows.ts";

const T = 16;
const random = seededRandom(3);
const tokens = Uint16Array.from({ length: 500 }, () => random.below(V));
const byteLengths = Uint16Array.from({ length: V }, (_, i) => (i === 0 ? 0 : 1 + (i % 3)));
const windows = makeWindows(tokens, { byteLengths }, T, 11);

let lab: Session;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
});

/** Nats of one window in plain float64 from the logits alone. */
async function plainNats(forward: ForwardPass, start: number): Promise<number> {
  const x = nn.tensor(Uint32Array.from(tokens.subarray(start, start + T)), [1, T]);
  const logits = await forward(x).data();
  let nats = 0;
  for (let t = 0; t < T; t++) {
    const row = Array.from(logits.subarray(t * V, (t + 1) * V));
    const top = Math.max(...row);
    const sum = row.reduce((s, l) => s + Math.exp(l - top), 0);
    nats += Math.log(sum) + top - row[tokens[start + t + 1]];
  }
  return nats;
}

describe("scoreWindows", () => {
  it("is -log softmax of the targets, window by window", async () => {
    const forward = tinyForward();
    const nats = await scoreWindows(lab, forward, tokens, windows, 4);
    expect(nats).toHaveLength(11);
    for (let w = 0; w < 11; w++) expect(nats[w]).toBeCloseTo(await plainNats(forward, windows.starts[w]), 4);
  });

  it("does not depend on the batch size", async () => {
    const forward = tinyForward();
    const one = bitsPerByte(await scoreWindows(lab, forward, tokens, windows, 1), windows);
    for (const batch of [2, 4, 11, 16]) {
      const other = bitsPerByte(await scoreWindows(lab, forward, tokens, windows, batch), windows);
      expect(other).toBeCloseTo(one, 6);
    }
  });

  it("gives the uniform model log2 V bits a token, however large its logits", async () => {
    for (const level of [0, 1e9, -1e30]) {
      const nats = await scoreWindows(lab, (x) => nn.full([...x.shape, V], level), tokens, windows, 4);
      for (const n of nats) expect(n).toBeCloseTo(T * Math.log(V), 4);
    }
  });

  it("is a crash when a loss is not finite", async () => {
    const diverged = (x: { shape: readonly number[] }) => nn.full([...x.shape, V], 0).log();
    await expect(scoreWindows(lab, diverged, tokens, windows, 4)).rejects.toMatchObject({ code: "crash" });
  });

  it("tells how far it is", async () => {
    const told: number[][] = [];
    await scoreWindows(lab, tinyForward(), tokens, windows, 4, (done, total) => told.push([done, total]));
    expect(told).toEqual([
      [4, 11],
      [8, 11],
      [11, 11],
    ]);
  });
});

describe("sampleTokens", () => {
  const base = { seqLen: T, temperature: 1, seed: 1, budgetMs: Infinity, now: () => 0 };

  it("follows a model that is sure, past the end of its context", async () => {
    // After token i comes i + 1.
    const table = new Float32Array(V * V);
    for (let i = 0; i < V; i++) table[i * V + ((i + 1) % V)] = 50;
    const sure = nn.parameter([V, V], table);
    const text = await sampleTokens(lab, (x) => nn.embedding(sure, x), {
      ...base,
      prompt: Uint16Array.of(3, 4),
      count: 40,
    });
    expect([...text]).toEqual(Array.from({ length: 42 }, (_, i) => (3 + i) % V));
  });

  it("draws in proportion, the same for the same seed", async () => {
    const table = new Float32Array(V * V).fill(-1e9);
    for (let i = 0; i < V; i++) {
      table[i * V] = Math.log(3);
      table[i * V + 1] = 0;
    }
    const biased = nn.parameter([V, V], table);
    const draw = (seed: number) =>
      sampleTokens(lab, (x) => nn.embedding(biased, x), {
        ...base,
        seed,
        prompt: Uint16Array.of(0),
        count: 400,
      });
    const text = await draw(1);
    const zeros = text.filter((t) => t === 0).length;
    expect(zeros).toBeGreaterThan(260);
    expect(zeros).toBeLessThan(340);
    expect([...(await draw(1))]).toEqual([...text]);
    expect([...(await draw(2))]).not.toEqual([...text]);
  });

  it("stops when its time is up", async () => {
    let now = 0;
    const text = await sampleTokens(lab, tinyForward(), {
      ...base,
      prompt: Uint16Array.of(0),
      count: 100,
      budgetMs: 5,
      now: () => now++,
    });
    expect(text.length).toBeLessThan(10);
  });
});
