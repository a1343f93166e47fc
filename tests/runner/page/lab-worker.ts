// The lab's half: a runner over a small text of bytes.
import { createTokenizer } from "../../../src/prepare/index.ts";
import {
  createRunner,
  openScorerWorker,
  trainerFrames,
  type Measurement,
  type RunEvent,
  type RunResult,
  type Runner,
} from "../../../src/runner/index.ts";

export type Asked =
  | { readonly measure: true }
  | {
      readonly source: string;
      readonly budgetSeconds: number;
      readonly seed: number;
      /** The GPU's process is ended when the run gets there, once. */
      readonly crashAt?: RunEvent["type"];
    };
export interface Told {
  readonly measurement?: Measurement;
  readonly result?: RunResult;
  readonly events?: readonly (RunEvent & { at: number })[];
  /** Milliseconds from asking to the answer. */
  readonly took: number;
  readonly error?: string;
}

const SEQ_LEN = 64;
const tokenizer = createTokenizer(new Uint16Array(0), 256);

/** Sums, which a tiny model can learn something about. */
function text(count: number, seed: number): Uint16Array {
  let state = seed;
  const number = () => (state = (state * 1103515245 + 12345) % 2147483648) % 50;
  const lines = Array.from({ length: count }, () => {
    const [a, b] = [number(), number()];
    return `${a} plus ${b} is ${a + b}.\n`;
  });
  return Uint16Array.from(new TextEncoder().encode(lines.join("")));
}
const corpus = {
  manifest: { hash: "sums" },
  tokenizer,
  train: text(20_000, 1),
  validation: text(500, 2),
  test: text(500, 3),
};

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

addEventListener("message", async ({ data }: MessageEvent<{ port: MessagePort } | Asked>) => {
  if ("port" in data) {
    runner = createRunner({ openTrainer: trainerFrames(data.port), openScorer: openScorerWorker });
    return;
  }
  const started = performance.now();
  try {
    postMessage({ ...(await answer(data)), took: performance.now() - started });
  } catch (error) {
    postMessage({ error: String(error), took: performance.now() - started });
  }
});
