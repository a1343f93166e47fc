// For tests and benches: runs a train.ts in this process, without the sandbox; on the float64 reference without a GPU.
import { transform } from "sucrase";
import { nn, Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import type { Model } from "../api.ts";
import { Batches } from "../training/batches.ts";
import { feed } from "./feed.ts";
import { trainApi } from "../training/training.ts";

const AsyncFunction = (async () => undefined).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<void>;

/** Runs a train.ts to its end on the active session, with `prepare` as its module "prepare". */
export async function runTrain(source: string, prepare: object): Promise<void> {
  const { code } = transform(source, { transforms: ["typescript", "imports"] });
  await new AsyncFunction("require", "exports", code)((name: string) => (name === "nn" ? nn : prepare), {});
}

export interface ReferenceTraining {
  readonly tokens: Uint16Array;
  readonly seqLen: number;
  readonly vocabSize: number;
  readonly seed: number;
  readonly steps: number;
}

/** Runs some steps of a train.ts: returns all logged numbers, and the model on its session. */
export async function trainOnReference(
  source: string,
  { tokens, seqLen, vocabSize, seed, steps }: ReferenceTraining,
): Promise<{ logged: number[]; model: Model; session: Session }> {
  const session = new Session(new ReferenceBackend(), seed);
  session.activate();
  const logged: number[] = [];
  let trained: Model | null = null;
  const { module } = trainApi({
    engine: {
      batch: feed(session, new Batches(tokens, seqLen, seed), seqLen),
      readLater: session.readLater.bind(session),
      prepare: session.prepare.bind(session),
      settled: () => Promise.resolve(),
    },
    seqLen,
    vocabSize,
    budgetSeconds: 1,
    maxSteps: steps,
    stepMs: 0,
    now: () => 0,
    line: () => 0,
    begin: () => Promise.resolve(),
    compiling: () => undefined,
    stepped: () => undefined,
    logged: (_step, _seconds, _name, value) => void logged.push(value),
    end: (model) => {
      trained = model;
      return Promise.resolve();
    },
  });
  await runTrain(source, module);
  if (trained === null) throw new Error("train.ts did not finish its loop");
  return { logged, model: trained, session };
}
