// The loop of train.ts on the float64 reference, with an artificial clock.
import { beforeEach, describe, expect, it } from "vitest";
import { nn, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { Batches, drawRows, noise, Rows } from "./batches.ts";
import { feed } from "../testing/feed.ts";
import { BudgetSpent, type LoopHost, trainApi } from "./training.ts";

const T = 8;
const V = 8;

/** A text with a rule: after i comes i + 1. */
const TEXT = Uint16Array.from({ length: 400 }, (_, i) => i % V);

interface Seen {
  begun: number;
  ended: number;
  stepped: [steps: number, seconds: number, tokens: number][];
  logged: [step: number, name: string, value: number][];
}

let lab: Session;
let now: number;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
  now = 0;
});

function host(more: Partial<LoopHost> = {}): { host: LoopHost; seen: Seen } {
  const seen: Seen = { begun: 0, ended: 0, stepped: [], logged: [] };
  const engine = {
    batch: feed(lab, new Batches(TEXT, T, 7), T),
    readLater: lab.readLater.bind(lab),
    prepare: lab.prepare.bind(lab),
    settled: () => Promise.resolve(),
  };
  return {
    seen,
    host: {
      engine,
      seqLen: T,
      vocabSize: V,
      budgetSeconds: 10,
      maxSteps: null,
      stepMs: 0,
      now: () => now,
      line: () => 0,
      begin: () => {
        seen.begun++;
        return Promise.resolve();
      },
      compiling: () => undefined,
      stepped: (...record) => void seen.stepped.push(record),
      logged: (step, _seconds, name, value) => void seen.logged.push([step, name, value]),
      end: () => {
        seen.ended++;
        return Promise.resolve();
      },
      ...more,
    },
  };
}

class Bigram {
  table = nn.parameter([V, V], nn.zeros);
  forward(tokens: Tensor): Tensor {
    return nn.embedding(this.table, tokens);
  }
}

describe("training(model)", () => {
  it("feeds batches, plans each step, and the model learns", async () => {
    const { host: h, seen } = host({ maxSteps: 30 });
    const { module, state } = trainApi(h);
    const model = new Bigram();
    const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.5 });
    for await (const step of module.training(model)) {
      const { x, y } = step.batch(2);
      const loss = nn.crossEntropy(model.forward(x), y);
      loss.backward();
      optimizer.step();
      step.log({ loss, index: step.index });
    }
    expect(seen).toMatchObject({ begun: 1, ended: 1 });
    expect(state).toMatchObject({ phase: "over", steps: 30, tokens: 30 * 2 * T });
    const losses = seen.logged.filter(([, name]) => name === "loss").map(([, , value]) => value);
    expect(losses).toHaveLength(30);
    expect(losses[0]).toBeCloseTo(Math.log(V), 5);
    expect(losses[29]).toBeLessThan(0.01);
  });

  it("ends by the clock, and its progress covers the budget", async () => {
    const { host: h, seen } = host();
    const { module, state } = trainApi(h);
    const progress: number[] = [];
    const model = new Bigram();
    for await (const step of module.training(model)) {
      progress.push(step.progress);
      step.batch(1);
      now += 300;
    }
    expect(state.seconds).toBeGreaterThan(9);
    expect(state.seconds).toBeLessThanOrEqual(10.3);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBeGreaterThan(0.9);
    expect(Math.max(...progress)).toBeLessThanOrEqual(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(seen.stepped.at(-1)?.[0]).toBe(state.steps);
  });

  describe("with a budget in tokens", () => {
    /** Seven rows. */
    const inTokens = (more: Partial<LoopHost> = {}) => host({ budgetTokens: 7 * T, ...more });

    it("ends when the remaining tokens do not fill a step, at any speed of the clock", async () => {
      for (const stepMs of [1, 900]) {
        const { module, state } = trainApi(inTokens().host);
        const progress: number[] = [];
        now = 0;
        for await (const step of module.training(new Bigram())) {
          progress.push(step.progress);
          step.batch(2);
          now += stepMs;
        }
        expect(state).toMatchObject({ phase: "over", steps: 3, tokens: 6 * T });
        expect(progress).toEqual([0, 2 / 7, 4 / 7]);
      }
    });

    it("ends by the clock all the same", async () => {
      const { module, state } = trainApi(inTokens({ budgetSeconds: 1 }).host);
      for await (const step of module.training(new Bigram())) {
        step.batch(1);
        now += 300;
      }
      expect(state.steps).toBeGreaterThan(1);
      expect(state.steps).toBeLessThan(7);
      expect(state.phase).toBe("over");
    });

    it("ends in the step that needs more tokens than remain, and a first step that does is an error", async () => {
      const grow = async (first: number) => {
        const { module, state } = trainApi(inTokens().host);
        let rows = first;
        for await (const step of module.training(new Bigram())) {
          step.batch(rows);
          rows += 2;
        }
        return state;
      };
      await expect(grow(3)).rejects.toThrow(BudgetSpent);
      await expect(grow(8)).rejects.toThrow(/the budget has 7 rows left/);
    });
  });

  it("does one step even if that exceeds the budget", async () => {
    const { host: h } = host();
    const { module, state } = trainApi(h);
    for await (const step of module.training(new Bigram())) {
      step.batch(1);
      now += 60_000;
    }
    expect(state.steps).toBe(1);
  });

  it("waits for the clock before the first step", async () => {
    let start: () => void = () => undefined;
    const { host: h } = host({ begin: () => new Promise((resolve) => (start = resolve)) });
    const { module } = trainApi(h);
    let steps = 0;
    const loop = (async () => {
      for await (const step of module.training(new Bigram())) {
        steps++;
        step.batch(1);
        now += 6000;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(steps).toBe(0);
    now = 100_000;
    start();
    await loop;
    expect(steps).toBeGreaterThan(0);
  });

  it("is over after the last step: further calls change nothing", async () => {
    const { host: h, seen } = host({ maxSteps: 1 });
    const { module } = trainApi(h);
    const loop = module.training(new Bigram())[Symbol.asyncIterator]();
    (await loop.next()).value.batch(1);
    expect((await loop.next()).done).toBe(true);
    expect((await loop.next()).done).toBe(true);
    expect(seen.ended).toBe(1);
    expect(() => module.training(new Bigram())).toThrow(/twice/);
  });

  it("refuses a model without forward, a wrong number of rows, and a logged value that is no number", async () => {
    const { module } = trainApi(host({ maxSteps: 1 }).host);
    expect(() => module.training({} as never)).toThrow(/no forward/);
    const loop = module.training(new Bigram())[Symbol.asyncIterator]();
    const { value: step } = (await loop.next()) as {
      value: { batch(n: number): unknown; log(v: object): void };
    };
    expect(() => step.batch(0.5)).toThrow(/rows/);
    expect(() => step.batch(1e12)).toThrow(/rows/);
    expect(() => step.log({ loss: nn.full([2], 1) })).toThrow(/one element/);
    expect(() => step.log({ loss: undefined })).toThrow(
      /^step\.log: loss, got undefined, expected a number or a tensor with one element$/,
    );
  });
});

describe("batches", () => {
  it("are rows of the text with the token after each, the same for the same seed", () => {
    const text = Uint16Array.from({ length: 100 }, (_, i) => i);
    const a = new Batches(text, T, 3);
    const b = new Batches(text, T, 3);
    const { x, y } = a.draw(50);
    expect(b.draw(50)).toEqual({ x, y });
    for (let i = 0; i < x.length; i++) {
      expect(y[i]).toBe(x[i] + 1);
      if (i % T > 0) expect(x[i]).toBe(x[i - 1] + 1);
    }
    const starts = x.filter((_, i) => i % T === 0);
    expect(Math.min(...starts)).toBeLessThan(10);
    expect(Math.max(...starts)).toBeGreaterThan(80);
    expect(() => new Batches(text.subarray(0, T), T, 1)).toThrow(/more than 8/);
  });
  it("of a token budget are the same rows however they are cut", () => {
    const text = Uint16Array.from({ length: 60 }, (_, i) => i);
    const rows = drawRows(text, T, 3, 5 * T + T - 1);
    expect(rows).toHaveLength(5 * (T + 1));
    const [whole, cut] = [new Rows(rows, T), new Rows(rows, T)];
    const { x, y } = whole.draw(5);
    expect([...cut.draw(2).x, ...cut.draw(3).x]).toEqual([...x]);
    expect(new Batches(text, T, 3).draw(5)).toEqual({ x, y });
    expect(() => whole.draw(1)).toThrow(/got 1, expected 0 left/);
    expect(() => cut.draw(1)).toThrow(/got 1, expected 0 left/);
  });

  it("are noise in the rehearsal", () => {
    const counts = new Array<number>(V).fill(0);
    for (const token of noise(8000, V, 1)) counts[token]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
