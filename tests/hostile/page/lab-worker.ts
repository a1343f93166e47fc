// The worker of the attack tests: one runner and one engine for all attacks. It keeps an honest forward pass from the
// first run, and the same engine scores it again and again.
import {
  createRunner,
  openReaderWorker,
  openEngineWorker,
  trainerFrames,
  type RunEvent,
  type RunResult,
  type Runner,
} from "../../../src/runner/index.ts";
import type { Arena } from "../../../src/prepare/index.ts";
import type { Forward, EngineCommand, EngineMessage } from "../../../src/runner/contract/protocol.ts";
import { answerWith } from "../../runner/page/mailbox.ts";
import { sumsCorpus, sumsTokenizer } from "../../runner/page/sums.ts";
import { forgeries } from "./forgeries.ts";

export type Asked =
  | {
      readonly source: string;
      /** Changes to the usual arena; `windows` 0 means all windows. */
      readonly arena: Partial<Arena>;
      readonly keep?: true;
    }
  /** Score the kept forward pass. */
  | { readonly honest: true }
  /** Load a forged variant of the kept forward pass into the engine. */
  | { readonly forge: string };
export interface Told {
  readonly result?: RunResult;
  readonly events?: readonly RunEvent[];
  /** Bits per byte of the kept forward pass. */
  readonly honest?: number;
  readonly answer?: EngineMessage;
  readonly took: number;
  readonly frames: number;
  readonly error?: string;
}

export const SEQ_LEN = 32;
export const SCORE_BATCH = 4;
const BYTES = 256;
/** A corpus for each vocabulary. */
const corpora = new Map([[BYTES, sumsCorpus(5000, 200, 200)]]);
async function corpusOf(vocabSize: number): Promise<ReturnType<typeof sumsCorpus>> {
  const found = corpora.get(vocabSize) ?? sumsCorpus(5000, 200, 200, await sumsTokenizer(vocabSize));
  corpora.set(vocabSize, found);
  return found;
}

let runner: Runner | null = null;
let engine: Worker | null = null;
type Text = Extract<EngineCommand, { type: "text" }>;
let told: Text | null = null;
let loaded: Forward | null = null;
/** The honest forward pass, and the text it is scored on. */
let kept: Forward | null = null;
let keptText: Text | null = null;

/** Opens the real engine, and records the text and the forward pass that it gets. */
function openEngine(): Worker {
  const worker = openEngineWorker();
  const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
  const remembered = (command: EngineCommand, transfer: Transferable[] = []) => {
    if (command.type === "text") told = command;
    if (command.type === "load") loaded = structuredClone(command.forward);
    post(command, transfer);
  };
  worker.postMessage = remembered as typeof worker.postMessage;
  return (engine = worker);
}

let serial = 1_000_000;
function askEngine(question: object): Promise<EngineMessage> {
  const worker = engine;
  if (worker === null) throw new Error("no engine yet");
  const id = ++serial;
  return new Promise((resolve) => {
    const hear = ({ data }: MessageEvent<EngineMessage>) => {
      if (!("id" in data) || data.id !== id || data.type === "progress") return;
      worker.removeEventListener("message", hear);
      resolve(data);
    };
    worker.addEventListener("message", hear);
    worker.postMessage({ ...question, id });
  });
}

const NO_LINES = { lines: new Uint32Array(), singleLines: new Uint32Array() };
const SCORE = { type: "score", split: "validation", noise: 0.01, hidden: 8 };

async function honest(): Promise<number> {
  const last = told;
  if (keptText === null || last === null) throw new Error("nothing kept");
  await askEngine(keptText); // the worker may be a new one
  const load = await askEngine({ type: "load", forward: structuredClone(kept), ...NO_LINES });
  const answer = await askEngine(SCORE);
  if (answer.type !== "scored") throw new Error(JSON.stringify([load, answer]));
  // The runner assumes that the engine still has the runner's last text.
  await askEngine(last);
  return answer.nats.reduce((a, b) => a + b, 0);
}

async function answer(asked: Asked): Promise<Partial<Told>> {
  if ("honest" in asked) return { honest: await honest() };
  if ("forge" in asked) {
    if (kept === null || keptText === null) throw new Error("nothing kept");
    await askEngine(keptText);
    const load = await askEngine({
      type: "load",
      ...NO_LINES,
      forward: forgeries[asked.forge].forge(structuredClone(kept)),
    });
    if (load.type !== "done") return { answer: load };
    const probed = await askEngine({ type: "probe", rehearsal: false, seconds: 0 });
    const failed = probed.type === "probed" && probed.probes.some(({ passed }) => !passed);
    return {
      answer: probed.type === "probed" && !failed ? await askEngine(SCORE) : probed,
    };
  }
  const events: RunEvent[] = [];
  const usual: Arena = {
    corpusHash: "sums",
    corpusName: "sums",
    vocabSize: BYTES,
    seqLen: SEQ_LEN,
    budgetSeconds: 2,
    windows: 16,
    scoreBatch: SCORE_BATCH,
    tier: "software",
  };
  const given = { ...usual, ...asked.arena };
  const arena = { ...given, windows: given.windows || Infinity };
  const corpus = await corpusOf(arena.vocabSize);
  const result = await runner?.run(
    { id: "1", source: asked.source, arena, seed: 1, corpus, sampleTokens: 8 },
    (event) => events.push(event),
    new AbortController().signal,
  );
  if (asked.keep) [kept, keptText] = [loaded, told];
  return { result, events };
}

answerWith<Asked>((frames) => {
  runner = createRunner({ openTrainer: trainerFrames(frames), openEngine, openReader: openReaderWorker });
}, answer);
