// The runner in the lab's worker: one engine for all runs, one sandbox for each run.
import { LabError } from "../error.ts";
import { Memo } from "../memo.ts";
import { heldOutSplits, makeWindows, type Windows } from "../prepare/index.ts";
import { ReaderClient } from "./carried/reader-client.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Rehearsed } from "./figures.ts";
import type { OpenTrainer } from "./frame.ts";
import { Run } from "./run.ts";
import { SameRun } from "./same-run.ts";
import { EngineClient } from "./engine-client.ts";
import type { Measurement, Rehearsal, RunEvent, RunRequest, RunResult } from "./contract/types.ts";

/** The runner's dependencies: the sandbox, two workers and a clock. */
export interface RunnerHost {
  /** Opens a fresh sandbox; see trainerFrames. */
  readonly openTrainer: OpenTrainer;
  /** Starts the trusted engine; see openEngineWorker. */
  openEngine(): Worker;
  /** Starts the worker that compares sources with the held-out text; see openReaderWorker. */
  openReader(): Worker;
  /** The page's clock, unless a test has its own. */
  readonly clock?: Clock;
}

export interface Runner {
  /** Measures the adapter for about a second (once; the answer is kept). Throws LabError "device" without one. */
  measure(): Promise<Measurement>;
  /**
   * Rehearses, trains for the budget, probes and scores one train.ts. A failing train.ts is a result, never an
   * exception; only the lab's own failures are thrown. A lost GPU or a machine that slept is status "aborted" with
   * `retry`. Aborting the signal ends the run at once with status "aborted". One run at a time.
   */
  run(request: RunRequest, onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<RunResult>;
  /**
   * Rehearses one train.ts without training it. Status "none" while the runner is busy; a run or a measurement that
   * starts meanwhile stops the rehearsal.
   */
  rehearse(request: RunRequest, signal: AbortSignal): Promise<Rehearsal>;
  /** Ends the engine and the reader. */
  close(): void;
}

/** Rehearsals that are remembered: that of the seed before Start, and those of runs that are repeated. */
const MOST_REHEARSALS = 20;

export function createRunner(host: RunnerHost): Runner {
  const clock = host.clock ?? systemClock;
  const engine = new EngineClient(() => host.openEngine(), clock);
  const reader = new ReaderClient(() => host.openReader());
  const sameRun = new SameRun({ openTrainer: host.openTrainer, engine, clock });
  const rehearsals = new Memo<Rehearsed>(MOST_REHEARSALS);
  /** The tools of every run. */
  const shared = { openTrainer: host.openTrainer, engine, reader, sameRun, rehearsals, clock };
  const texts = new Map<string, Text>();
  /** Sources under which the GPU was lost: once is bad luck, twice is the fault of the source. */
  const lost = new Set<string>();
  /** How often the run of a source was void because the machine was disturbed. */
  const disturbed = new Map<string, number>();
  let measurement: Measurement | null = null;
  let busy = false;
  let rehearsing: { readonly stop: AbortController; readonly ended: Promise<unknown> } | null = null;

  /** Stops a rehearsal under way, then does `work`; nothing else may run meanwhile. */
  async function exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (rehearsing !== null) {
      rehearsing.stop.abort();
      await rehearsing.ended;
    }
    if (busy) throw new LabError("internal", "the runner was asked to do two things at once");
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  }

  /** Gives the engine the held-out text, unless it has it. */
  async function sendText(request: RunRequest): Promise<Text> {
    const { corpus, arena } = request;
    const { seqLen, vocabSize, windows: count, scoreBatch: batch } = arena;
    const key = [corpus.manifest.hash, vocabSize, seqLen, count, batch, arena.controlTokens].join();
    const known = texts.get(key);
    if (known !== undefined && known.generation === engine.generation) return known;
    texts.clear();
    const splits = heldOutSplits(corpus, arena);
    const windows = (tokens: Uint16Array) => makeWindows(tokens, corpus.tokenizer, seqLen, count);
    const validation = windows(splits.validation);
    const test = windows(splits.test);
    const control = splits.control && windows(splits.control);
    await engine.ask({
      type: "text",
      seqLen,
      batch,
      vocabSize,
      train: corpus.train,
      validation: splits.validation,
      validationStarts: validation.starts,
      test: splits.test,
      testStarts: test.starts,
      control: splits.control ?? new Uint16Array(0),
      controlStarts: control?.starts ?? new Uint32Array(0),
    });
    const text = { generation: engine.generation, validation, test, control };
    texts.set(key, text);
    return text;
  }

  /** A rehearsal outside of a run. A LabError of the lab's own becomes status "none": it breaks no run. */
  async function rehearseAlone(request: RunRequest, signal: AbortSignal): Promise<Rehearsal> {
    try {
      const tools = {
        ...shared,
        ...(await sendText(request)),
        lostBefore: false,
        disturbedBefore: 0,
      };
      return await new Run(tools, request, () => undefined).rehearsal(signal);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      return { status: "none", reason: error.message };
    }
  }

  return {
    measure: () =>
      exclusively(async () => {
        if (measurement === null) {
          const answer = await engine.ask({ type: "measure" });
          const { flopsPerSecond, tier, vendor, architecture, description, software, features } = answer;
          measurement = { flopsPerSecond, tier, vendor, architecture, description, software, features };
        }
        return measurement;
      }),
    run: (request, onEvent, signal) =>
      exclusively(async () => {
        const text = await sendText(request);
        const lostBefore = lost.has(request.source) || (request.losses ?? 0) > 0;
        const disturbedBefore = disturbed.get(request.source) ?? 0;
        const tools = {
          ...shared,
          ...text,
          lostBefore,
          disturbedBefore,
        };
        const result = await new Run(tools, request, onEvent).result(signal);
        if (result.status === "aborted" && result.lost) lost.add(request.source);
        if (result.status !== "aborted") disturbed.delete(request.source);
        else if (result.cause === "disturbed") disturbed.set(request.source, disturbedBefore + 1);
        return result;
      }),
    rehearse: async (request, signal) => {
      if (busy || rehearsing !== null) return { status: "none", reason: "the device is in use" };
      const stop = new AbortController();
      const work = rehearseAlone(request, AbortSignal.any([signal, stop.signal]));
      const mine = (rehearsing = { stop, ended: work.catch(() => undefined) });
      try {
        return await work;
      } finally {
        if (rehearsing === mine) rehearsing = null;
      }
    },
    close: () => {
      engine.close();
      reader.close();
    },
  };
}

interface Text {
  readonly generation: number;
  readonly validation: Windows;
  readonly test: Windows;
  readonly control: Windows | null;
}
