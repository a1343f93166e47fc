// Every edit is run: three steps on the float64 reference, on a text with a rule, with a model small enough for that.
// The loss must stay finite, and no logit may depend on a later token. So are edits of what was edited before.
import { readFileSync } from "node:fs";
import { transform } from "sucrase";
import { describe, expect, it } from "vitest";
import { nn, ReferenceBackend, Session } from "../../../nn/index.ts";
import type { Model } from "../../../prepare/api.ts";
import { trainApi } from "../../../prepare/training.ts";
import { setConstants } from "../../source/constants.ts";
import { seeded } from "../random.ts";
import { catalogue } from "./catalogue.ts";
import { drawStack } from "./testing.ts";

const T = 8;
const V = 8;
const seed = readFileSync(new URL("../../../seed/train.ts", import.meta.url), "utf8");
const small = setConstants(seed, { DEPTH: 2, HEADS: 2, HEAD_DIM: 16, MLP_RATIO: 2, BATCH: 2 });

/** Runs a train.ts for three steps; its losses, and its model while the session still stands. */
async function run(source: string): Promise<{ losses: number[]; model: Model; lab: Session }> {
  const lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
  const losses: number[] = [];
  let trained: Model | null = null;
  const { module } = trainApi({
    engine: {
      input: lab.input.bind(lab),
      readLater: lab.readLater.bind(lab),
      prepare: lab.prepare.bind(lab),
      settled: () => Promise.resolve(),
    },
    ...{ seqLen: T, vocabSize: V, budgetSeconds: 1, seed: 1, maxSteps: 3, stepMs: 0, now: () => 0 },
    begin: () => Promise.resolve(Uint16Array.from({ length: 200 }, (_, i) => i % V)),
    compiling: () => undefined,
    stepped: () => undefined,
    logged: (_step, _seconds, _name, value) => void losses.push(value),
    end: (model) => {
      trained = model;
      return Promise.resolve();
    },
  });
  const code = transform(source, { transforms: ["typescript", "imports"] }).code;
  const AsyncFunction = (async () => undefined).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  await new AsyncFunction("require", "exports", code)((name: string) => (name === "nn" ? nn : module), {});
  if (trained === null) throw new Error("train.ts did not finish its loop");
  return { losses, model: trained, lab };
}

async function logits(
  { model, lab }: { model: Model; lab: Session },
  tokens: readonly number[],
): Promise<number[]> {
  const x = lab.input([1, T], "u32");
  x.set(Uint32Array.from(tokens));
  const read = lab.readLater(nn.noGrad(() => model.forward(x)));
  await lab.prepare();
  return [...(await read)];
}

describe("every edit of the catalogue", () => {
  const edits = catalogue.flatMap((edit) => {
    const source = edit.apply(small);
    return source === null ? [] : [[edit.name, source] as const];
  });

  it("is among those that run here, but for the way back to the seed", () => {
    expect(edits.length).toBe(catalogue.length - 1);
  });

  const random = seeded("stacks of edits that run");
  const stacks = Array.from({ length: 24 }, (_, i) => drawStack(small, 2 + (i % 3), random));

  it.each([["the seed", small] as const, ...edits, ...stacks])(
    "%s trains, and does not look ahead",
    async (_name, source) => {
      const trained = await run(source);
      expect(trained.losses.length).toBe(3);
      for (const loss of trained.losses) expect(loss).toBeLessThan(6);
      const tokens = [0, 1, 2, 3, 4, 5, 6, 7];
      const before = await logits(trained, tokens);
      const after = await logits(trained, [...tokens.slice(0, 5), 0, 3, 1]);
      expect(before.every(Number.isFinite)).toBe(true);
      expect(after.slice(0, 5 * V)).toEqual(before.slice(0, 5 * V));
      expect(after.slice(5 * V)).not.toEqual(before.slice(5 * V));
    },
  );
});
