// Steps as data: through a tape every operation, gradient and optimizer gives the same result as directly.

import { describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import { Session } from "../engine/session.ts";
import { operations } from "../graph/graph.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { operationCases, weightedSum } from "../testing/cases/index.ts";
import { TinyGpt } from "../testing/model.ts";
import type { StepRequest, StepTape } from "./step-format.ts";
import { throughTape } from "./testing/through-tape.ts";

type Results = number[][];
/** Trains for some steps; the tests compare the tensors passed to `ask`. */
type Program = (session: Session, ask: (tensor: nn.Tensor) => void) => Promise<void> | void;

async function results(session: Session, program: Program): Promise<Results> {
  const asked: Promise<ArrayLike<number>>[] = [];
  session.activate();
  session.seed(5);
  await program(session, (tensor) => void asked.push(session.readLater(tensor)));
  session.flush();
  return (await Promise.all(asked)).map((values) => Array.from(values));
}

const reference = () => new Session(new ReferenceBackend());

async function same(program: Program) {
  const direct = await results(reference(), program);
  const through = throughTape(reference());
  expect(await results(through.recording, program)).toEqual(direct);
  expect(direct.length).toBeGreaterThan(0);
  note(through.requests);
  return through;
}

/** Names of all operations in the tapes. */
const seen = new Set<string>();
function note(requests: readonly StepRequest[]): void {
  for (const { tape } of requests)
    if (tape !== null) for (const { op } of (JSON.parse(tape) as StepTape).nodes) seen.add(op);
}

describe("an operation and its gradient", () => {
  it.each(operationCases)("$name", async ({ shapes, f, init }) => {
    await same((_, ask) => {
      const params = shapes.map((shape) => nn.parameter(shape, init));
      const y = f(...params);
      if (y.value.node.needsGrad) weightedSum(y).backward();
      ask(y);
      for (const p of params) if (p.grad) ask(p.grad);
    });
  });
  it("floor and ne, which have no gradient", async () => {
    await same((_, ask) => {
      const x = nn.parameter([5], nn.normal(2));
      ask(x.floor().ne(x.mul(0.5).floor()));
    });
  });
  it("a kernel, compared in its gradient alone", async () => {
    const { recording, player, requests } = throughTape(reference());
    recording.activate();
    const twice = nn.kernel({
      name: "twice",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { return 2.0 * x[i]; }",
      gradient: (g) => ({ x: g.mul(2) }),
    });
    const w = nn.parameter([3], nn.ones);
    twice(w).sum().backward();
    const read = recording.readLater(w.grad ?? w);
    recording.flush();
    note(requests);
    expect(Array.from(await read)).toEqual([2, 2, 2]);
    expect(player.structures).toBe(1);
  });
});

const optimizers: Record<string, (params: nn.Tensor[]) => { step(scale?: number): void }> = {
  AdamW: (params) => new nn.AdamW(params, { lr: 0.1 }),
  Lion: (params) => new nn.Lion(params, { lr: 0.1 }),
  SGD: (params) => new nn.SGD(params, { lr: 0.1 }),
  "SGD with momentum": (params) => new nn.SGD(params, { lr: 0.1, momentum: 0.9, nesterov: true }),
  Muon: (params) => new nn.Muon(params, { lr: 0.1, weightDecay: 0.1 }),
};

const tokens = (seed: number) => Uint32Array.from({ length: 12 }, (_, i) => (i * i + 3 * seed) % 11);

describe("an optimizer", () => {
  it.each(Object.entries(optimizers))("%s: a schedule is one tape and numbers", async (_, make) => {
    const { tapes, requests } = await same((session, ask) => {
      const model = new TinyGpt({ vocab: 11, width: 8, layers: 2, heads: 2, gains: true });
      const matrices = nn.parameters(model).filter(({ shape }) => shape.length === 2);
      const gains = nn.parameters(model).filter(({ shape }) => shape.length === 1);
      const all = [make(matrices), new nn.AdamW(gains)];
      const x = session.input([2, 6], "u32");
      for (let step = 0; step < 4; step++) {
        x.set(tokens(step));
        const loss = nn.crossEntropy(model.forward(x), x);
        loss.backward();
        ask(nn.clipGradNorm(nn.parameters(model), 0.5));
        for (const optimizer of all) optimizer.step(1 - step / 4);
        ask(loss);
        session.flush();
      }
      for (const p of nn.parameters(model)) ask(p);
    });
    expect(tapes, "the step, and the parameters that are asked for").toHaveLength(2);
    expect(requests.filter(({ plan }) => plan === 0)).toHaveLength(4);
  });
});

describe("actions that train.ts may take in a step", () => {
  it("reads values in the middle of it", async () => {
    await same(async (session, ask) => {
      const w = nn.parameter([3], nn.normal(1));
      const sgd = new nn.SGD([w], { lr: 0.5 });
      for (let step = 0; step < 3; step++) {
        const norm = w.square().sum();
        norm.mul(await norm.item()).backward();
        sgd.step();
        ask(w);
        session.flush();
      }
    });
  });
  it("keeps state, draws, drops out and uses data again", async () => {
    const { requests } = await same((session, ask) => {
      const mean = nn.state([4], nn.zeros);
      const table = nn.tensor([1, 2, 3, 4]);
      const w = nn.parameter([4], (_, random) => new Float32Array(4).fill(random.normal()));
      for (let step = 0; step < 3; step++) {
        const y = nn.dropout(w.mul(table), 0.5).add(nn.random([4], "normal"));
        nn.assign(mean, mean.mul(0.9).add(y.mul(0.1)));
        nn.assign(mean, mean.add(1));
        nn.assign(w, mean.mul(nn.tensor([step])));
        ask(mean);
        session.flush();
      }
    });
    const sizes = requests.map(({ data }) => data.map((content) => content?.length ?? null));
    expect(sizes).toEqual([
      [4, 1],
      [null, 1],
      [null, 1],
    ]);
  });
  it("regroups parameters, changes its structure and comes back to it", async () => {
    const { tapes } = await same((session, ask) => {
      const [a, b] = [nn.parameter([3], nn.ones), nn.parameter([2], nn.ones)];
      const both = new nn.AdamW([a, b], { lr: 0.1 });
      const one = new nn.SGD([b], { lr: 0.1 });
      for (let step = 0; step < 5; step++) {
        a.sum().add(b.square().sum()).backward();
        (step % 2 === 0 ? both : one).step();
        ask(a);
        ask(b);
        session.flush();
      }
    });
    expect(tapes).toHaveLength(2);
  });
  it("makes more structures than a session may name", async () => {
    const { requests } = await same((session, ask) => {
      const w = nn.parameter([300], nn.ones);
      for (let step = 1; step < 300; step++) {
        ask(w.narrow(0, 0, step).sum());
        session.flush();
      }
    });
    expect(requests.filter(({ forget }) => forget)).toHaveLength(1);
  });
  it("reads batches of a text that only the engine's side holds", async () => {
    let next = 0;
    const text = {
      seqLen: 3,
      draw: (rows: number) => {
        const x = Uint32Array.from({ length: 3 * rows }, () => next++ % 11);
        return { x, y: x.map((token) => token + 1) };
      },
    };
    const { recording, requests } = throughTape(reference(), 0, text);
    recording.activate();
    const [seen, read]: [number[][], Promise<ArrayLike<number>>[]] = [[], []];
    for (let step = 0; step < 4; step++) {
      const first = recording.batch(0, 2, 3);
      const second = recording.batch(1, 2, 3);
      // The two batches change places in one step; the structure stays the same.
      const { x, y } = step === 2 ? second : first;
      seen.push([...(await first.x.data())]);
      read.push(recording.readLater(nn.tensor([1]).mul(x.float()).add(y.float())));
      recording.flush();
    }
    expect(seen).toEqual([0, 12, 24, 36].map((from) => [0, 1, 2, 3, 4, 5].map((i) => (from + i) % 11)));
    const sums = (await Promise.all(read)).map((values) => Array.from(values));
    expect(sums.map(([value]) => value)).toEqual([1, 3, 2 * (30 % 11) + 1, 2 * (36 % 11) + 1]);
    // No token crosses, and a batch is drawn once.
    expect(requests.flatMap(({ data }) => data.map((content) => content?.length))).toEqual([1, 1, 1, 1]);
    expect(requests.map(({ draws }) => draws.length)).toEqual([2, 0, 2, 0, 2, 0, 2, 0]);
  });
  it("starts again after a reset", async () => {
    const through = throughTape(reference());
    through.recording.activate();
    nn.parameter([2], nn.ones);
    through.recording.reset();
    const read = through.recording.readLater(nn.parameter([2], nn.constant(3)).mul(2));
    through.recording.flush();
    expect(Array.from(await read)).toEqual([6, 6]);
  });
});

it("has tried every operation", () => {
  const all = operations().map(({ name }) => name);
  const leaves = ["parameter", "data", "updated"];
  expect(all.filter((name) => !leaves.includes(name) && !seen.has(name))).toEqual([]);
});
