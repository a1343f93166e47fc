// The lab's half: one runner and one scorer for all attacks, and beside them an honest forward pass, kept from the first
// run, that the same scorer is asked to score again and again.
import {
  createRunner,
  openReaderWorker,
  openScorerWorker,
  trainerFrames,
  type RunEvent,
  type RunResult,
  type Runner,
} from "../../../src/runner/index.ts";
import type { Forward, ScorerCommand, ScorerMessage } from "../../../src/runner/protocol.ts";
import { answerWith } from "../../runner/page/mailbox.ts";
import { sumsCorpus } from "../../runner/page/sums.ts";
import { forgeries } from "./forgeries.ts";

export type Asked =
  | { readonly source: string; readonly budgetSeconds: number; readonly keep?: true }
  /** Score the kept forward pass. */
  | { readonly honest: true }
  /** Give the scorer the kept forward pass, changed. */
  | { readonly forge: string };
export interface Told {
  readonly result?: RunResult;
  readonly events?: readonly RunEvent[];
  /** Bits per byte of the kept forward pass. */
  readonly honest?: number;
  readonly answer?: ScorerMessage;
  readonly took: number;
  readonly frames: number;
  readonly error?: string;
}

export const SEQ_LEN = 32;
export const SCORE_BATCH = 4;
const corpus = sumsCorpus(5000, 200, 200);

let runner: Runner | null = null;
let scorer: Worker | null = null;
let told: Extract<ScorerCommand, { type: "text" }> | null = null;
let loaded: Forward | null = null;
let kept: Forward | null = null;

/** The real scorer; what it is told and given is remembered. */
function openScorer(): Worker {
  const worker = openScorerWorker();
  const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
  const remembered = (command: ScorerCommand, transfer: Transferable[] = []) => {
    if (command.type === "text") told = command;
    if (command.type === "load") loaded = structuredClone(command.forward);
    post(command, transfer);
  };
  worker.postMessage = remembered as typeof worker.postMessage;
  return (scorer = worker);
}

let serial = 1_000_000;
function askScorer(question: object): Promise<ScorerMessage> {
  const worker = scorer;
  if (worker === null) throw new Error("no scorer yet");
  const id = ++serial;
  return new Promise((resolve) => {
    const hear = ({ data }: MessageEvent<ScorerMessage>) => {
      if (!("id" in data) || data.id !== id || data.type === "progress") return;
      worker.removeEventListener("message", hear);
      resolve(data);
    };
    worker.addEventListener("message", hear);
    worker.postMessage({ ...question, id });
  });
}

async function honest(): Promise<number> {
  await askScorer({ ...told }); // the worker may be a new one
  const load = await askScorer({ type: "load", forward: structuredClone(kept), lines: new Uint32Array() });
  const answer = await askScorer({ type: "score", split: "validation" });
  if (answer.type !== "nats") throw new Error(JSON.stringify([load, answer]));
  return answer.nats.reduce((a, b) => a + b, 0);
}

async function answer(asked: Asked): Promise<Partial<Told>> {
  if ("honest" in asked) return { honest: await honest() };
  if ("forge" in asked) {
    if (kept === null) throw new Error("nothing kept");
    const load = await askScorer({
      type: "load",
      lines: new Uint32Array(),
      forward: forgeries[asked.forge].forge(structuredClone(kept)),
    });
    if (load.type !== "done") return { answer: load };
    const probed = await askScorer({ type: "probe", seconds: 0, thorough: true });
    const failed = probed.type === "probed" && probed.probes.some(({ passed }) => !passed);
    return {
      answer:
        probed.type === "probed" && !failed
          ? await askScorer({ type: "score", split: "validation" })
          : probed,
    };
  }
  const events: RunEvent[] = [];
  const arena = {
    corpusHash: "sums",
    corpusName: "sums",
    vocabSize: 256,
    seqLen: SEQ_LEN,
    budgetSeconds: asked.budgetSeconds,
    windows: 16,
    scoreBatch: SCORE_BATCH,
    tier: "software",
  } as const;
  const result = await runner?.run(
    { id: "1", source: asked.source, arena, seed: 1, corpus, sampleTokens: 8 },
    (event) => events.push(event),
    new AbortController().signal,
  );
  if (asked.keep) kept = loaded;
  return { result, events };
}

answerWith<Asked>((frames) => {
  runner = createRunner({ openTrainer: trainerFrames(frames), openScorer, openReader: openReaderWorker });
}, answer);
