// The worker of the runner's tests: a runner on a small text of bytes.
import {
  createRunner,
  openReaderWorker,
  openEngineWorker,
  trainerFrames,
  type Measurement,
  type RunEvent,
  type RunResult,
  type Runner,
} from "../../../src/runner/index.ts";
import { answerWith } from "./mailbox.ts";
import { sumsCorpus } from "./sums.ts";

export type Asked =
  | { readonly measure: true }
  | {
      readonly source: string;
      readonly budgetSeconds: number;
      readonly seed: number;
      /** Kills the GPU's process once, at the first event of this type. */
      readonly crashAt?: RunEvent["type"];
    };
export interface Told {
  readonly measurement?: Measurement;
  readonly result?: RunResult;
  readonly events?: readonly (RunEvent & { at: number })[];
  /** Milliseconds from question to answer. */
  readonly took: number;
  readonly error?: string;
}

const SEQ_LEN = 64;
const corpus = sumsCorpus(20_000, 500, 500);

let runner: Runner | null = null;

async function answer(asked: Asked): Promise<Omit<Told, "took">> {
  if (runner === null) throw new Error("no frames yet");
  if ("measure" in asked) return { measurement: await runner.measure() };
  const { source, seed, budgetSeconds, crashAt } = asked;
  let crashed = false;
  const events: (RunEvent & { at: number })[] = [];
  const started = performance.now();
  const arena = {
    corpusHash: "sums",
    corpusName: "sums",
    vocabSize: 256,
    seqLen: SEQ_LEN,
    budgetSeconds,
    windows: 64,
    scoreBatch: 8,
    tier: "software",
  } as const;
  const result = await runner.run(
    { id: "1", source, arena, seed, corpus, wantTest: true, sampleTokens: 40 },
    (event) => {
      events.push({ ...event, at: performance.now() - started });
      if (event.type !== crashAt || crashed) return;
      crashed = true;
      void fetch("/crash-gpu", { method: "POST" });
    },
    new AbortController().signal,
  );
  return { result, events };
}

answerWith<Asked>((frames) => {
  runner = createRunner({
    openTrainer: trainerFrames(frames),
    openEngine: openEngineWorker,
    openReader: openReaderWorker,
  });
}, answer);
