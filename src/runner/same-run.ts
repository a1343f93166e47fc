// Whether the runs of two train.ts cannot differ: both record the steps of a whole run in sandboxes of their own, while
// nothing computes them, and the engine compares the digests. What cannot be decided may differ.
import { LabError } from "../error.ts";
import type { Clock } from "./clock.ts";
import type { OpenTrainer } from "./frame.ts";
import { MAX_RECORDED } from "./contract/protocol.ts";
import type { Earlier, RunRequest } from "./contract/types.ts";
import type { EngineClient } from "./engine-client.ts";
import { transpile } from "./source/transpile.ts";
import { TrainerLink } from "./trainer-link.ts";

/** The longest time for recording one run [ms]: it may take a fifth of the budget that it may save. */
const limitFor = (budgetSeconds: number): number => Math.max(20_000, 200 * budgetSeconds);
const TICK = 250;
/** Steps of a recorded run of seconds, at least: so it gets as near to the end of the budget as a faster machine would. */
const LEAST = 1000;

interface Tools {
  readonly openTrainer: OpenTrainer;
  readonly engine: Pick<EngineClient, "ask">;
  readonly clock: Clock;
}

type Wanted = Pick<RunRequest, "arena" | "seed"> & {
  /** A step of the rehearsal [ms]. */
  readonly stepMs: number;
  /** Bytes on the device that may live from step to step. */
  readonly memory: number;
};

/** The run could only repeat another experiment. */
export class Equal extends Error {
  readonly number: number;
  constructor(number: number) {
    super(`cannot differ from #${number}: it records the same training steps and the same forward pass`);
    this.number = number;
  }
}

interface Recording {
  readonly digest: string;
  readonly trail: Uint32Array;
}

/** A recording with fewer steps than wanted serves too if it has this share of them. */
const REUSED = 0.75;

const NO_TRAIL = new Uint32Array();

/**
 * The length of a step in the recordings [ms]. A run of seconds has at least twice the steps that its rehearsal promises
 * and that the other run made, because an index may matter only late. The clock must not end a run of tokens.
 */
function stepFor({ arena, stepMs }: Wanted, steps: number): number {
  if ((arena.budgetTokens ?? 0) > 0) return 1e-6;
  const budgetMs = 1000 * arena.budgetSeconds;
  return Math.min(stepMs / 2, budgetMs / Math.max(LEAST, 2 * steps));
}

export class SameRun {
  readonly #tools: Tools;
  /** The incumbent is compared again and again. */
  #last: { readonly key: string; readonly ms: number; readonly recording: Recording | null } | null = null;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Whether `source` and the other record the same run. False when that cannot be decided, or `signal` fired. */
  async is(source: string, { source: other, steps }: Earlier, wanted: Wanted, signal: AbortSignal) {
    const { arena, seed } = wanted;
    const inTokens = (arena.budgetTokens ?? 0) > 0;
    const key = JSON.stringify([other, arena, seed]);
    const longest = stepFor(wanted, steps);
    const known = this.#last?.key === key && this.#last.ms <= longest / REUSED ? this.#last : null;
    const ms = known?.ms ?? longest;
    if (!inTokens && (1000 * arena.budgetSeconds) / ms > MAX_RECORDED) return false;
    const record = (text: string, expected: Uint32Array) => this.#record(text, wanted, ms, expected, signal);
    const first = known ? known.recording : await record(other, NO_TRAIL);
    if (signal.aborted) return false;
    this.#last = { key, ms, recording: first };
    if (first === null) return false;
    const second = await record(source, first.trail);
    return second?.digest === first.digest;
  }

  /** Null when there is no digest: train.ts failed, read values or a clock, or it took too long. */
  async #record(
    source: string,
    { arena, seed, memory }: Wanted,
    recordMs: number,
    expected: Uint32Array,
    signal: AbortSignal,
  ): Promise<Recording | null> {
    const { openTrainer, engine, clock } = this.#tools;
    const link = new TrainerLink(await openTrainer(), clock, () => undefined);
    const began = clock.now();
    const limit = limitFor(arena.budgetSeconds);
    const abort = () => link.fail(new LabError("cancelled", "the recording was stopped"));
    const stopTicking = clock.every(TICK, () => {
      if (clock.now() - began > limit) abort();
      link.check(0, limit, "recording");
    });
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      const { port1: port, port2: enginePort } = new MessageChannel();
      await engine.ask({ type: "record", port, expected }, [port]);
      const { seqLen, vocabSize, budgetSeconds, budgetTokens = 0, scoreBatch } = arena;
      const code = transpile(source, true);
      const sizes = { seqLen, vocabSize, budgetSeconds, budgetTokens, scoreBatch, memory };
      link.send({ type: "init", code, seed, engine: enginePort, recordMs, rehearsedMs: 0, ...sizes });
      await link.reach("hello");
      const { passes } = await link.reach("rehearsed");
      const { digest, trail } = await engine.ask({ type: "recorded", ...passes });
      return digest === "" ? null : { digest, trail };
    } catch (error) {
      if (signal.aborted || (error instanceof LabError && error.code !== "device")) return null;
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      stopTicking();
      link.close();
    }
  }
}
