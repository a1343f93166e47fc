// The trainer on the float64 reference: its messages for an honest train.ts and for broken ones.
import { runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { nn, Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { Batches } from "../../prepare/index.ts";
import { feed } from "../../prepare/testing/feed.ts";
import { parseTrainerMessage, type TrainerMessage } from "../contract/protocol.ts";
import { transpile } from "../source/transpile.ts";
import { Trainer, type TrainerEngine } from "./trainer.ts";

const HONEST = [
  'import * as nn from "nn";',
  'import { training, VOCAB_SIZE, BUDGET } from "prepare";',
  "class Bigram {",
  "  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.1));",
  "  forward(tokens: nn.Tensor) {",
  "    return nn.embedding(this.table, tokens);",
  "  }",
  "}",
  "const model = new Bigram();",
  "const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.3 });",
  "for await (const step of training(model)) {",
  "  const { x, y } = step.batch(2);",
  "  const loss = nn.crossEntropy(model.forward(x), y);",
  "  loss.backward();",
  "  optimizer.step();",
  "  step.log({ loss, progress: step.progress });",
  "}",
];

/** A text in which i + 1 follows i, modulo 6. */
const TEXT = Uint16Array.from({ length: 600 }, (_, i) => i % 6);

class Bench {
  #feed: TrainerEngine["batch"] = () => expect.unreachable("no batch before the first reset");
  now = 0;
  readonly said: TrainerMessage[] = [];
  readonly trainer: Trainer;
  readonly restarted: number[] = [];

  constructor(source: string, budgetSeconds = 1, rehearsedMs = 0) {
    const lab = new Session(new ReferenceBackend(), 1);
    lab.activate();
    const engine: TrainerEngine = {
      batch: (call, rows) => this.#feed(call, rows),
      readLater: lab.readLater.bind(lab),
      prepare: (progress) => {
        this.now += 20;
        return lab.prepare(progress);
      },
      settled: () => new Promise((resolve) => setTimeout(resolve, 0)),
      seed: lab.seed.bind(lab),
      reset: () => {
        lab.reset();
        this.#feed = feed(lab, new Batches(TEXT, 8, 5), 8);
        return Promise.resolve();
      },
      hold: lab.hold.bind(lab),
      pausedMs: 0,
      peakBytes: 123,
      handOver: (model, batch, seqLen) => {
        model.forward(nn.tensor(new Uint32Array(batch * seqLen), [batch, seqLen]));
        return Promise.resolve({ graph: "{}", single: "{}", parameters: Uint32Array.of(0) });
      },
    };
    const init = {
      type: "init",
      code: transpile(source),
      seed: 5,
      seqLen: 8,
      vocabSize: 6,
      budgetSeconds,
      budgetTokens: 0,
      scoreBatch: 2,
      memory: 2 ** 30,
      engine: new MessageChannel().port1,
      recordMs: 0,
      rehearsedMs,
    } as const;
    const load = (code: string) =>
      Promise.resolve(
        runInThisContext(code.replace("export default ", "0, "), { filename: "train.ts" }) as (
          lab: object,
        ) => Promise<void>,
      );
    const post = (message: TrainerMessage) => void this.said.push(structuredClone(message));
    const world = { engine, post, now: () => this.now, load, timers: globalThis, scope: {} };
    this.trainer = new Trainer(
      { ...world, restart: (seed) => void this.restarted.push(seed), lineOf: null },
      init,
    );
  }

  /** Runs both passes; the clock starts when the trainer is ready. */
  async run(): Promise<this> {
    const done = this.trainer.run();
    while (!this.said.some(({ type }) => type === "ready" || type === "failed")) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.said.some(({ type }) => type === "rehearsed")) this.trainer.again();
    }
    this.trainer.begin();
    await done;
    return this;
  }
  /** The number of tokens in the last report. */
  tokens(): number {
    return this.said.flatMap((message) => (message.type === "steps" ? [message.tokens] : [])).at(-1) ?? 0;
  }
  types(): string[] {
    return this.said.map(({ type }) => type);
  }
  failure() {
    const failed = this.said.find((message) => message.type === "failed");
    return failed?.type === "failed" ? failed : null;
  }
}

const broken = (line: number, text: string) =>
  HONEST.map((old, i) => (i + 1 === line ? text : old)).join("\n");

describe("the trainer", () => {
  it("rehearses on noise, starts afresh, trains by the clock and hands over", async () => {
    const bench = await new Bench(HONEST.join("\n")).run();
    const order = bench.types().filter((type) => !["steps", "compiling", "beat", "busy"].includes(type));
    expect(order).toEqual(["forecast", "rehearsed", "ready", "handover"]);
    for (const message of bench.said) expect(parseTrainerMessage(message)).toEqual(message);
    const forecast = bench.said.find((message) => message.type === "forecast");
    expect(forecast).toMatchObject({ parameters: 36, tokensPerStep: 16, peakBytes: 123, stepMs: 20 });
    expect(bench.tokens()).toBeGreaterThan(30 * 16);
    const points = bench.said.flatMap((message) => (message.type === "steps" ? [...message.points] : []));
    const losses = points.filter((_, i) => i % 2 === 1);
    // The rehearsal's three points, and then a model that has forgotten them and learns the text.
    expect(losses[0]).toBeCloseTo(losses[3], 0);
    expect(losses.at(-1)).toBeLessThan(0.1);
  });

  it("trains as well without a rehearsal where an earlier one serves, with the same losses", async () => {
    const points = ({ said }: Bench, after: string) => {
      const from = said.findIndex(({ type }) => type === after);
      const all = said.slice(from).flatMap((one) => (one.type === "steps" ? [...one.points] : []));
      return all.slice(0, 60); // the loss of the last step may come after the last report
    };
    const whole = await new Bench(HONEST.join("\n")).run();
    const short = await new Bench(HONEST.join("\n"), 1, 20).run();
    const order = short.types().filter((type) => !["steps", "compiling", "beat", "busy"].includes(type));
    expect(order).toEqual(["ready", "handover"]);
    expect(points(short, "ready")).toHaveLength(60);
    expect(points(short, "ready")).toEqual(points(whole, "ready"));
  });

  it("says the same for the same seed", async () => {
    const [a, b] = [await new Bench(HONEST.join("\n")).run(), await new Bench(HONEST.join("\n")).run()];
    expect(a.said).toEqual(b.said);
  });

  it.each([
    [13, "  throw new Error('boom');", 13, /^boom$/],
    [13, "  const loss = nothing.here;", 13, /^ReferenceError: nothing is not defined$/],
    [6, "    return nn.embedding(tokens, this.table);", 6, /embedding/],
    [13, "  const loss = nn.crossEntropy(model.forward(x), x.view(3, 5));", 13, /view/],
    [
      13,
      "  const loss = model.forward(x).matmul((model as any).head);",
      13,
      /^matmul: needs a tensor, got undefined/,
    ],
    [
      10,
      "const optimizer = new nn.AdamW(nn.parameters(model), { learningRate: 1 } as any);",
      10,
      /unknown option/,
    ],
    [15, "  optimizer.step(0 / 0);", 15, /expected finite numbers/],
    [
      4,
      "  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE + 0.5], nn.normal(0.1));",
      4,
      /bad shape.*positive integers/,
    ],
    [4, "  table = nn.parameter([VOCAB_SIZE, 2 ** 40], nn.normal(0.1));", 4, /too many elements/],
    [1, 'import * as nn from "nn"; import { learn } from "nn"; learn;', 1, /no export named learn/],
    [16, "  step.log({ loss: NaN });", 16, /the loss is NaN at step 0/],
    [16, "  step.log({ loss: loss.div(0) });", 16, /the loss is Infinity/],
    [12, "  const { x, y } = step.batch(0);", 12, /rows/],
    [9, "const model = new Bigram(); for (const _ of training(model) as any) {}", 9, /TypeError/],
    [11, "for (let step: any; step; ) {", 11, /^ended without a loop/],
    [11, "void training(model); for (let step: any; step; ) {", 11, /^ended without a step of its loop/],
    [
      11,
      "void training(model)[Symbol.asyncIterator]().next(); for (let step: any; step; ) {",
      11,
      /without a step/,
    ],
    [
      12,
      "  const { x, y } = step.batch(2 ** 24);",
      12,
      /^step.batch: too many tokens in one batch, got 16,777,216 rows of 8, 134,217,728 tokens, expected at most 67,108,864/,
    ],
    [13, "  throw new Error('train.ts:3: kept');", 13, /^train\.ts:3: kept$/],
    [13, "  const e = new Error('x'); e.stack = 'Error: x\\n    at train.ts:3:1'; throw e;", 13, /^x$/],
    [13, "  const e = new Error('x'); e.stack = 'at train.ts:3:1'; await Promise.reject(e);", 13, /^x$/],
    [
      13,
      "  try { null!.x } catch (e: any) { e.stack = 'at train.ts:3:1'; e.message = 'train.ts:3: y'; throw e; }",
      13,
      /^TypeError: train\.ts:3: y$/,
    ],
    [
      13,
      "  throw Object.assign(new Error('a\\n    at train.ts:3:1'), { name: 'train.ts:3: N' });",
      13,
      /^train\.ts:3: N: a at train\.ts:3:1$/,
    ],
    [
      13,
      "  ({ 'train.ts:3:1': () => { (null as any)['x\\n    at train.ts:4:1'] } })['train.ts:3:1']();",
      13,
      /^TypeError/,
    ],
    [
      13,
      "  throw new Proxy(new Error('x'), { getPrototypeOf() { throw 1 }, get() { throw 2 } });",
      13,
      /without a message/,
    ],
    [13, "  throw { get message() { throw 1 }, get name() { throw 2 } };", 13, /without a message/],
    [13, "  throw { message: 'plain', name: 'Mine' };", 13, /^Mine: plain$/],
    [13, "  throw new AggregateError([new Error('one'), 2], 'both');", 13, /^AggregateError: both: one$/],
    [
      13,
      "  await Promise.any([Promise.reject(new TypeError('inner'))]);",
      13,
      /^AggregateError: .*: TypeError: inner$/,
    ],
    [13, "  throw new Error('outer', { cause: new Error('inner') });", 13, /^outer$/],
    [13, "  throw 'train.ts:3: text';", 13, /^threw train\.ts:3: text$/],
    [13, "  throw 10n ** 1000n;", 13, /^threw a BigInt$/],
    [13, "  throw () => 1;", 13, /without a message/],
    [13, "  throw new Error('\\u202e\\nall '.repeat(1e6));", 13, /^all all .{380,392}…$/],
    [
      13,
      "  const f = async (n: number): Promise<void> => { if (n === 0) return nothing.here; await f(n - 1) }; await f(3);",
      13,
      /nothing is not/,
    ],
    [13, "  class A { static { nothing.here } }", 13, /nothing is not/],
    [13, "  class A { x = nothing.here }\n new A();", 13, /nothing is not/],
    [13, "  const [z] = (function* (): any { yield nothing.here })();", 13, /nothing is not/],
    [13, "  out: for (const a of [1]) for (;;) { if (a) break out; }\r nothing.here;", 14, /nothing is not/],
    [13, "  try { throw new Error('first') } finally { String(1) }", 13, /^first$/],
    [
      6,
      "    if (tokens.constructor === nn.Tensor) throw new Error('in forward'); return nn.embedding(this.table, tokens);",
      6,
      /^in forward$/,
    ],
    [11, "await training({ forward: 3 } as any); for (let step: any; step; ) {", 11, /no forward/],
    [13, "  throw { get message() { throw 1 } };", 13, /without a message/],
    [13, "  throw null;", 13, /^threw null$/],
    [13, "  throw undefined;", 13, /^threw undefined$/],
  ])("names the line when line %i is %s", async (line, text, at, reason) => {
    const failed = (await new Bench(broken(line, text)).run()).failure();
    expect(failed?.message).toMatch(reason);
    expect(failed?.line).toBe(at);
  });

  it("is silent after it failed", async () => {
    const bench = await new Bench(broken(13, "  throw new Error('boom');")).run();
    const count = bench.said.length;
    bench.trainer.beat();
    bench.trainer.fail(new Error("again"));
    expect(bench.said).toHaveLength(count);
  });

  it("hands over the model of a loop that ended by break", async () => {
    const bench = await new Bench(broken(16, "  step.log({ loss }); if (step.index === 2) break;")).run();
    expect(bench.types().at(-1)).toBe("handover");
    expect(bench.tokens()).toBe(2 * 16); // the step that it broke off does not count
  });

  it("refuses in the rehearsal a model too slow for two steps", async () => {
    const failed = (await new Bench(HONEST.join("\n"), 0.03).run()).failure();
    expect(failed?.message).toMatch(/^too slow/);
  });

  it("notices a train.ts that waits for ever", async () => {
    for (const source of [
      broken(9, "await new Promise(() => {});"),
      broken(12, "  await new Promise(() => {});"),
    ]) {
      const bench = new Bench(source);
      void bench.trainer.run();
      for (let i = 0; i < 40; i++) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        bench.now += 500;
        bench.trainer.beat();
      }
      expect(bench.failure()?.message).toMatch(/waited for 12 s|not reached within 12 s/);
    }
  });
});
