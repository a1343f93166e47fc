// Whole runs recorded without a device, and whether two texts of train.ts are found to record the same one.
import { runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { remoteEngine } from "./trainer/remote-engine.ts";
import { Trainer } from "./trainer/trainer.ts";
import { DigestSession } from "./engine/digest-session.ts";
import type { SessionReply } from "./engine/session-protocol.ts";
import { systemClock } from "./clock.ts";
import type { TrainerFrame } from "./frame.ts";
import type { EngineCommand, TrainerCommand } from "./contract/protocol.ts";
import { SameRun } from "./same-run.ts";
import { request } from "./testing/fakes.ts";

const SOURCE = `
import * as nn from "nn";
import type { Tensor } from "nn";
import { training, VOCAB_SIZE } from "prepare";

const WIDTH = 8;
const BATCH = 2;
const LR = 0.01;
const COOLDOWN = 100000;

class Model {
  embed = nn.parameter([VOCAB_SIZE, WIDTH], nn.normal(0.5));
  up = nn.parameter([WIDTH, WIDTH], nn.uniform(0.3));
  gate = nn.parameter([WIDTH, WIDTH], nn.uniform(0.3));
  head = nn.parameter([WIDTH, VOCAB_SIZE], nn.zeros);

  forward(tokens: Tensor): Tensor {
    const x = nn.embedding(this.embed, tokens);
    const up = x.matmul(this.up).relu();
    const gate = x.matmul(this.gate).sigmoid();
    return nn.rmsNorm(up.mul(gate)).matmul(this.head);
  }
}

function schedule(progress: number): number {
  return Math.min(1, progress / 0.02) * Math.min(1, (1 - progress) / 0.5);
}

const model = new Model();
const inner = new nn.Muon([model.up, model.gate], { lr: 0.02 });
const outer = new nn.AdamW([model.embed, model.head], { lr: LR, betas: [0.8, 0.95] });

for await (const step of training(model)) {
  const { x, y } = step.batch(BATCH);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  const factor = step.index > COOLDOWN ? 0.1 : schedule(step.progress);
  inner.step(factor);
  outer.step(factor);
  step.log({ loss });
}
`;

/** `SOURCE` with these replacements, each of which must apply. */
function changed(...pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((source, [from, to]) => {
    if (!source.includes(from)) throw new Error(`${from} is not in the text`);
    return source.replaceAll(from, to);
  }, SOURCE);
}

/** A sandbox in this process, as far as a test needs one. */
function openTrainer(): Promise<TrainerFrame> {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = ({ data }: MessageEvent<TrainerCommand>) => {
    if (data.type !== "init") return;
    const { engine: port, memory, seqLen } = data;
    const engine = remoteEngine({ memory, seqLen, post: (asked) => port.postMessage(asked) });
    port.onmessage = (event: MessageEvent<SessionReply>) => engine.hear(event.data);
    port2.postMessage({ type: "hello" });
    const world = {
      engine,
      post: (message: unknown) => port2.postMessage(message),
      now: () => performance.now(),
      timers: globalThis,
      scope: { Date, performance, Intl },
      restart: () => undefined,
      lineOf: null,
      load: (code: string) =>
        Promise.resolve(
          runInThisContext(code.replace("export default ", "0, ")) as (lab: object) => Promise<void>,
        ),
    };
    void new Trainer(world, data).run();
  };
  return Promise.resolve({
    port: port1,
    failed: new Promise(() => undefined),
    close: () => {
      port1.close();
      port2.close();
    },
  });
}

/** The part of the engine that a comparison asks; `steps` has the length of every recording. */
class Engine {
  readonly steps: number[] = [];
  #session: DigestSession | null = null;
  ask = (asked: Omit<EngineCommand, "id">) => {
    const command = asked as EngineCommand;
    if (command.type === "record") {
      this.#session = new DigestSession(command.port, 8, command.expected);
      return Promise.resolve({ type: "done", id: 0 });
    }
    if (command.type !== "recorded") throw new Error(command.type);
    const { graph, single, parameters } = command;
    const ended = this.#session?.end([graph, single], parameters) ?? { digest: "", trail: new Uint32Array() };
    this.#session?.close();
    this.steps.push(ended.trail.length / 2);
    return Promise.resolve({ type: "digested", id: 0, ...ended });
  };
}

interface Budget {
  readonly budgetTokens?: number;
  readonly stepMs?: number;
  readonly steps?: number;
}

async function compare(
  source: string,
  other: string,
  { budgetTokens = 0, stepMs = 1000, steps = 20 }: Budget = {},
) {
  const engine = new Engine();
  const same = new SameRun({ openTrainer, engine: engine as never, clock: systemClock });
  const arena = { ...request(source).arena, budgetTokens };
  const wanted = { arena, seed: 1, stepMs, memory: 2 ** 30 };
  const earlier = { number: 0, source: other, steps };
  const answer = await same.is(source, earlier, wanted, new AbortController().signal);
  return { same: answer, steps: engine.steps };
}

const SAME: readonly (readonly [string, string])[] = [
  ["renamed variables", changed(["schedule", "rateAt"], ["inner", "matrices"], ["factor", "rate"])],
  [
    "a renamed class and field",
    changed(
      ["Model", "Net"],
      ["this.gate", "this.door"],
      ["model.gate", "model.door"],
      ["  gate =", "  door ="],
    ),
  ],
  [
    "independent lines in another order",
    changed([
      "const up = x.matmul(this.up).relu();\n    const gate = x.matmul(this.gate).sigmoid();",
      "const gate = x.matmul(this.gate).sigmoid();\n    const up = x.matmul(this.up).relu();",
    ]),
  ],
  [
    "optimizers of different parameters in another order",
    changed(["inner.step(factor);\n  outer.step(factor);", "outer.step(factor);\n  inner.step(factor);"]),
  ],
  ["a constant that is used only after the budget", changed(["COOLDOWN = 100000", "COOLDOWN = 200000"])],
  ["arithmetic that comes to the same", changed(["LR = 0.01", "LR = 1 / 100"])],
  ["a branch that is never taken", changed(["? 0.1 :", "? 0.7 :"])],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ["a rate", changed(["LR = 0.01", "LR = 0.011"])],
  ["a schedule whose beginning alone differs", changed(["progress / 0.02", "progress / 0.03"])],
  [
    "a schedule whose last steps alone differ",
    changed([
      "Math.min(1, (1 - progress) / 0.5)",
      "(progress > 0.96 ? 0.9 : 1) * Math.min(1, (1 - progress) / 0.5)",
    ]),
  ],
  ["a switch within the run", changed(["COOLDOWN = 100000", "COOLDOWN = 30"])],
  ["the size of the batch", changed(["BATCH = 2", "BATCH = 4"])],
  ["the spread of an initialiser", changed(["nn.normal(0.5)", "nn.normal(0.4)"])],
  [
    "one more random draw before an initialiser",
    changed(["const model = new Model", "nn.parameter([2], nn.normal(1));\nconst model = new Model"]),
  ],
  ["a larger model", changed(["WIDTH = 8", "WIDTH = 16"])],
  ["the same value computed twice", changed(["up.mul(gate)", "up.mul(x.matmul(this.gate).sigmoid())"])],
  [
    "an addition that adds nothing",
    changed([
      "const loss = nn.crossEntropy(model.forward(x), y)",
      "const loss = nn.crossEntropy(model.forward(x), y).add(0)",
    ]),
  ],
  ["mixed precision", changed(["const model =", 'nn.setPrecision("mixed");\nconst model ='])],
  [
    "a forward pass that depends on the number of rows",
    changed([
      "return nn.rmsNorm",
      "if (tokens.shape[0] === 4) return up.matmul(this.head);\n    return nn.rmsNorm",
    ]),
  ],
];

const budget = { budgetTokens: 8 * 2 * 60 };

describe("two runs of a budget in seconds", () => {
  it("are recorded with more steps than they will have, up to the end of the budget", async () => {
    const late = changed(["step.index > COOLDOWN", "step.progress > 0.998"]);
    expect(await compare(late, SOURCE)).toEqual({ same: false, steps: [998, 998] });
  });
  it("are recorded with more steps than the other run had, where its rehearsal promised fewer", async () => {
    const late = changed(["COOLDOWN = 100000", "COOLDOWN = 1100"]);
    expect((await compare(late, SOURCE, { steps: 600 })).same).toBe(false);
  });
  it("are the same with a constant that is used only after the budget", async () => {
    const after = changed(["COOLDOWN = 100000", "COOLDOWN = 200000"]);
    expect((await compare(after, SOURCE)).same).toBe(true);
  });
});

describe("two runs of a budget in tokens", () => {
  it.each(SAME)("are the same with %s", async (_, source) => {
    expect(await compare(source, SOURCE, budget)).toEqual({ same: true, steps: [60, 60] });
  });
  it.each(DIFFERENT)("may differ with %s", async (_, source) => {
    expect((await compare(source, SOURCE, budget)).same).toBe(false);
  });
  it("are recorded step by step", async () => {
    const late = changed(["COOLDOWN = 100000", "COOLDOWN = 59"]);
    expect(await compare(late, SOURCE, budget)).toEqual({ same: true, steps: [60, 60] });
    const inTime = changed(["COOLDOWN = 100000", "COOLDOWN = 58"]);
    expect(await compare(inTime, SOURCE, budget)).toEqual({ same: false, steps: [60, 60] });
  });
  it("are compared only up to the first difference", async () => {
    const source = changed(["progress / 0.02", "progress / 0.05"]);
    expect(await compare(source, SOURCE, budget)).toEqual({ same: false, steps: [60, 2] });
  });
});

describe("random numbers of a step", () => {
  const dropout = (p: number) =>
    changed(["x.matmul(this.up).relu()", `nn.dropout(x.matmul(this.up).relu(), ${p})`]);
  it("come from the seed, so they do not make a run differ from itself, and their rate does", async () => {
    expect((await compare(dropout(0.1), dropout(0.1), budget)).same).toBe(true);
    expect((await compare(dropout(0.2), dropout(0.1), budget)).same).toBe(false);
    expect((await compare(dropout(0.1), SOURCE, budget)).same).toBe(false);
  });
});

describe("what cannot be decided", () => {
  const undecided: readonly (readonly [string, string])[] = [
    [
      "a value that steers the loop",
      changed(["step.log", "if ((await loss.item()) > 9) inner.step(2);\n  step.log"]),
    ],
    ["a value of a parameter", changed(["step.log", "await model.head.data();\n  step.log"])],
    ["a date", changed(["step.log", "new Date().getTime();\n  step.log"])],
    ["a clock", changed(["const factor =", "const began = performance.now();\n  const factor ="])],
    ["a timer", changed(["step.log", "await new Promise((go) => setTimeout(go, 0));\n  step.log"])],
    ["an error", changed(["step.log", 'if (step.index > 3) throw new Error("no");\n  step.log'])],
  ];
  it.each(undecided)("may differ: %s", async (_, source) => {
    expect((await compare(source, source, budget)).same).toBe(false);
  });
  it("may differ: more steps than are recorded", async () => {
    expect(await compare(SOURCE, SOURCE, { stepMs: 0.1 })).toEqual({ same: false, steps: [] });
  });
});
