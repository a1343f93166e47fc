// Changes that researchers try, in one small GPT: value embeddings, residual gates, token shift, short convolution,
// grouped queries in a window, SwiGLU, tied table, z-loss, accumulation and clipping. Tests that it agrees with the
// float64 reference, can be exported, does not look ahead, and that the gates cost no dispatch.

import { describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import type { Tensor } from "../api.ts";
import { expectClose } from "../kernels/testing/dispatch.ts";
import { loadGraph } from "../forward/import-forward.ts";
import { readParameters, recordForward } from "../forward/export-forward.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "./session.ts";
import { testEngine } from "../testing/engine.ts";

const engine = await testEngine();

const [VOCAB, WIDTH, HEADS, GROUPS, HIDDEN] = [13, 16, 4, 2, 24];
const DIM = WIDTH / HEADS;
const weight = (from: number, to: number) => nn.parameter([from, to], nn.normal(0.5 / Math.sqrt(from)));
const scalar = (value: number) => nn.parameter([1], nn.constant(value));

interface Switches {
  gates?: boolean;
  values?: boolean;
}

class Block {
  readonly q = weight(WIDTH, HEADS * DIM);
  readonly k = weight(WIDTH, GROUPS * DIM);
  readonly v = weight(WIDTH, GROUPS * DIM);
  readonly out = weight(WIDTH, WIDTH);
  readonly gate = weight(WIDTH, HIDDEN);
  readonly up = weight(WIDTH, HIDDEN);
  readonly down = weight(HIDDEN, WIDTH);
  readonly mix = nn.parameter([WIDTH], nn.uniform(0.5));
  readonly taps = nn.parameter([3, GROUPS * DIM], nn.normal(0.5));
  readonly fromFirst: Tensor | null;
  readonly residual: Tensor | null;
  readonly fromValues: Tensor | null;
  readonly values: Tensor | null;
  constructor({ gates, values }: Switches) {
    this.fromFirst = gates ? scalar(0.1) : null;
    this.residual = gates ? scalar(0.9) : null;
    this.fromValues = values ? scalar(0.5) : null;
    this.values = values ? nn.parameter([VOCAB, GROUPS * DIM], nn.normal(0.5)) : null;
  }
  forward(x: Tensor, first: Tensor, tokens: Tensor): Tensor {
    const [B = 1, T = 1] = x.shape;
    // x0 mixed back in, as in modded-nanogpt.
    const r = this.residual && this.fromFirst ? x.mul(this.residual).add(first.mul(this.fromFirst)) : x;
    const n = nn.rmsNorm(r);
    const shifted = n.add(n.shift(1, 1).sub(n).mul(this.mix));
    const q = nn.rmsNorm(nn.rope(shifted.matmul(this.q).view(B, T, HEADS, DIM)));
    const k = nn.rmsNorm(nn.rope(nn.causalConv(n.matmul(this.k), this.taps).view(B, T, GROUPS, DIM)));
    const own = n.matmul(this.v);
    const v =
      this.values && this.fromValues ? own.add(nn.embedding(this.values, tokens).mul(this.fromValues)) : own;
    const y = nn.attention(q, k, v.view(B, T, GROUPS, DIM), { window: 4 }).view(B, T, WIDTH);
    const h = r.add(y.matmul(this.out));
    const m = nn.rmsNorm(h);
    return h.add(nn.swiglu(m.matmul(this.gate), m.matmul(this.up)).matmul(this.down));
  }
}

class Gpt {
  readonly table = nn.parameter([VOCAB, WIDTH], nn.normal(0.7));
  readonly blocks: Block[];
  constructor(switches: Switches, layers = 2) {
    this.blocks = Array.from({ length: layers }, () => new Block(switches));
  }
  forward(tokens: Tensor): Tensor {
    const first = nn.embedding(this.table, tokens);
    const x = this.blocks.reduce((h, block) => block.forward(h, first, tokens), first);
    return nn.rmsNorm(x).matmul(this.table, { transposeB: true }).softcap(15);
  }
}

const batch = (seed: number) => Uint32Array.from({ length: 18 }, (_, k) => ((k * k + seed) * 7) % VOCAB);

async function train(session: Session, steps: number) {
  session.activate();
  session.seed(3);
  const model = new Gpt({ gates: true, values: true });
  const params = nn.parameters(model);
  const optimizer = new nn.AdamW(params, { lr: 3e-3 });
  const inputs = [0, 1].map(() => [session.input([2, 9], "u32"), session.input([2, 9], "u32")] as const);
  const losses: Promise<ArrayLike<number>>[] = [];
  for (let step = 0; step < steps; step++) {
    inputs.forEach(([x, y], micro) => {
      x.set(batch(2 * step + micro));
      y.set(batch(2 * step + micro + 1));
      const logits = model.forward(x);
      const loss = nn.crossEntropy(logits, y).add(logits.logsumexp().square().mean().mul(1e-2));
      loss.div(2).backward();
      losses.push(session.readLater(loss));
    });
    losses.push(session.readLater(nn.clipGradNorm(params, 0.5)));
    optimizer.step();
    session.flush();
  }
  const results = await Promise.all([...losses, ...params.map((p) => p.data())]);
  session.reset();
  return results;
}

describe("a GPT of everything", () => {
  it("follows the float64 reference", async () => {
    const expected = await train(new Session(new ReferenceBackend()), 4);
    const got = await train(engine, 4);
    expected.forEach((values, k) => {
      expectClose(got[k]!, values, { rtol: 1e-3, atol: 3e-4, what: `result ${k}` });
    });
  }, 120_000);

  it("gives the same logits on another engine, and does not look ahead", async () => {
    const model = new Gpt({ gates: true, values: true });
    const x = engine.input([2, 9], "u32");
    const read = async (forward: (tokens: Tensor) => Tensor, tokens: Uint32Array) => {
      x.set(tokens);
      const logits = engine.readLater(forward(x));
      await engine.prepare();
      return Array.from(await logits);
    };
    const expected = await read((tokens) => model.forward(tokens), batch(1));
    const recorded = recordForward(model, [2, 9]);
    const weights = await readParameters(engine, recorded);
    const forward = loadGraph(JSON.stringify(recorded.graph)).instantiate(engine, weights);
    expect(await read(forward, batch(1))).toEqual(expected);
    const changed = batch(1);
    changed[5] = (changed[5]! + 1) % VOCAB;
    const after = await read(forward, changed);
    expect(after.slice(0, 5 * VOCAB)).toEqual(expected.slice(0, 5 * VOCAB));
    expect(after.slice(9 * VOCAB)).toEqual(expected.slice(9 * VOCAB));
    expect(after.slice(5 * VOCAB, 9 * VOCAB)).not.toEqual(expected.slice(5 * VOCAB, 9 * VOCAB));
  });

  it("gates and value embeddings disappear into the kernels around them", async () => {
    const dispatches: number[] = [];
    for (const switches of [{}, { values: true }, { gates: true, values: true }]) {
      const model = new Gpt(switches);
      const x = engine.input([2, 9], "u32");
      void engine.readLater(model.forward(x));
      await engine.prepare();
      dispatches.push(engine.dispatches);
      engine.reset();
    }
    const [plain = 0, values = 0, gates = 0] = dispatches;
    // One lookup per layer for the values; each gated residual adds one elementwise pass.
    expect(values - plain).toBe(2);
    expect(gates - values).toBeLessThanOrEqual(2);
  });
});
