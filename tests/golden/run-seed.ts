// Runs src/seed/train.ts itself with small sizes on any session: logits, loss and gradients of its first batch, then
// ten steps of its own loop. Computes the same with the golden model, from the same initial weights and batches.

import { readFileSync } from "node:fs";
import { nn, type Session } from "../../src/nn/index.ts";
import type { Model } from "../../src/prepare/api.ts";
import { runTrain } from "../../src/prepare/testing/train-on-reference.ts";
import { each, matrix, type Matrix } from "./matrix.ts";
import { goldenStep, type GoldenSizes } from "./seed-model.ts";
import { GoldenAdamW, GoldenMuon } from "./seed-optimizers.ts";

export const STEPS = 10;
const TIME = 7;
const VOCAB = 13;

/** The compared results: one batch's logits [N, V], loss and gradients, then losses and weights of ten steps. */
export interface Outcome {
  readonly logits: ArrayLike<number>;
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, ArrayLike<number>>;
  readonly losses: readonly number[];
  readonly weights: ReadonlyMap<string, ArrayLike<number>>;
}

const source = readFileSync(new URL("../../src/seed/train.ts", import.meta.url), "utf8");
const small: Record<string, number> = { DEPTH: 2, HEADS: 2, HEAD_DIM: 6, MLP_RATIO: 3, BATCH: 3 };

/** The seed with small values for some constants. */
function smallSeed(): string {
  return Object.entries(small).reduce((text, [name, value]) => {
    const changed = text.replace(new RegExp(`^const ${name} = [^;]+;`, "m"), `const ${name} = ${value};`);
    if (changed === text) throw new Error(`the seed declares no ${name}`);
    return changed;
  }, source);
}

/** The value of a constant of the seed. */
function constant(name: string): number {
  const found = new RegExp(`^const ${name} = ([^;]+);`, "m").exec(smallSeed())?.[1];
  if (found === undefined) throw new Error(`the seed declares no ${name}`);
  return Number(found);
}

function tokensOf(step: number): { x: number[]; y: number[] } {
  const token = (row: number, t: number) => ((row * 5 + t) ** 2 + 3 * step + 1) % VOCAB;
  const places = Array.from({ length: constant("BATCH") * TIME }, (_, i) => [Math.floor(i / TIME), i % TIME]);
  return {
    x: places.map(([row = 0, t = 0]) => token(row, t)),
    y: places.map(([row = 0, t = 0]) => token(row, t + 1)),
  };
}

const progressOf = (step: number): number => step / STEPS;

/** Asymmetric initial weights in f32: the seed itself initialises half of its matrices with zeros. */
function initial(index: number, [rows = 1, columns = 1]: readonly number[]): Float32Array<ArrayBuffer> {
  let state = 12345 + 1000 * index;
  return Float32Array.from({ length: rows * columns }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (2 * (state / 2 ** 32) - 1) * 1.5 * Math.sqrt(1 / rows);
  });
}

export async function runSeed(session: Session): Promise<Outcome> {
  session.activate();
  let outcome: Outcome | null = null;
  async function* training(model: Model) {
    const named = nn.namedParameters(model);
    named.forEach(({ tensor }, i) => {
      nn.assign(tensor, nn.tensor(initial(i, tensor.shape), tensor.shape));
    });
    session.flush();
    const [x, y] = [0, 1].map(() => session.input([constant("BATCH"), TIME], "u32"));
    if (!x || !y) throw new Error("no inputs");
    const feed = (step: number) => {
      const tokens = tokensOf(step);
      x.set(Uint32Array.from(tokens.x));
      y.set(Uint32Array.from(tokens.y));
      return { x, y };
    };
    feed(0);
    const logits = model.forward(x);
    const first = nn.crossEntropy(logits, y);
    first.backward();
    const grads = named.map(({ name, tensor }) => {
      if (!tensor.grad) throw new Error(`${name} has no gradient`);
      return tensor.grad;
    });
    const reads = [logits, first, ...grads].map((tensor) => session.readLater(tensor));
    for (const { tensor } of named) tensor.grad = null;
    session.flush();
    const losses: Promise<ArrayLike<number>>[] = [];
    for (let step = 0; step < STEPS; step++) {
      yield {
        progress: progressOf(step),
        batch: () => feed(step),
        log: ({ loss }: { loss: nn.Tensor }) => losses.push(session.readLater(loss)),
      };
      session.flush();
    }
    const weights = named.map(({ tensor }) => session.readLater(tensor));
    session.flush();
    const [z = [], l = [], ...gradients] = await Promise.all(reads);
    const byName = (arrays: readonly ArrayLike<number>[]) =>
      new Map(named.map(({ name }, i) => [name, arrays[i] ?? []]));
    outcome = {
      logits: z,
      loss: l[0] ?? NaN,
      gradients: byName(gradients),
      losses: (await Promise.all(losses)).map((loss) => loss[0] ?? NaN),
      weights: byName(await Promise.all(weights)),
    };
  }
  await runTrain(smallSeed(), { training, VOCAB_SIZE: VOCAB, SEQ_LEN: TIME });
  if (!outcome) throw new Error("the seed did not finish its loop");
  return outcome;
}

/** The seed's schedule, implemented again: up, level, down. */
function schedule(progress: number): number {
  const [warmup, warmdown, last] = [constant("WARMUP"), constant("WARMDOWN"), constant("FINAL_LR")];
  const up = Math.min(1, progress / warmup);
  return up * (last + (1 - last) * Math.min(1, (1 - progress) / warmdown));
}

export function runGolden(shapes: ReadonlyMap<string, readonly number[]>): Outcome {
  const sizes: GoldenSizes = {
    batch: constant("BATCH"),
    time: TIME,
    vocab: VOCAB,
    depth: constant("DEPTH"),
    heads: constant("HEADS"),
    headDim: constant("HEAD_DIM"),
    softcap: constant("SOFTCAP"),
    ropeBase: constant("ROPE_BASE"),
  };
  const weights = new Map<string, Matrix>(
    [...shapes].map(([name, shape], i) => [
      name,
      matrix(shape[0] ?? 1, shape[1] ?? 1, Float64Array.from(initial(i, shape))),
    ]),
  );
  const step = (i: number) => goldenStep(weights, tokensOf(i).x, tokensOf(i).y, sizes);
  const first = step(0);
  const betas = [constant("BETA1"), constant("BETA2")] as const;
  const adam = new Map(["embed", "head"].map((name) => [name, new GoldenAdamW()]));
  const rates = new Map([
    ["embed", constant("EMBED_LR")],
    ["head", constant("HEAD_LR")],
  ]);
  const muons = new Map([...weights.keys()].map((name) => [name, new GoldenMuon()]));
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const { loss, gradients } = step(i);
    losses.push(loss);
    const scale = schedule(progressOf(i));
    for (const [name, p] of [...weights]) {
      const g = gradients.get(name) ?? each(p, () => 0);
      // The seed leaves AdamW's decay at the library's default.
      const next =
        adam.get(name)?.step(p, g, (rates.get(name) ?? NaN) * scale, betas, 0.01) ??
        muons
          .get(name)
          ?.step(p, g, constant("MATRIX_LR") * scale, constant("MOMENTUM"), constant("WEIGHT_DECAY"));
      weights.set(name, next ?? p);
    }
  }
  const data = (all: ReadonlyMap<string, Matrix>) => new Map([...all].map(([name, m]) => [name, m.data]));
  return {
    logits: first.logits.data,
    loss: first.loss,
    gradients: data(first.gradients),
    losses,
    weights: data(weights),
  };
}
