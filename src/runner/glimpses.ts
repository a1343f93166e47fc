// What the growing model writes at a few moments of its run: for a reader, and without effect on the run. The engine stops the
// session's clock for it, and the run leaves that time out where it watches the machine's speed.
import { LabError } from "../error.ts";
import type { Passes } from "./contract/protocol.ts";
import type { RunEvent, RunRequest } from "./contract/types.ts";
import type { EngineClient } from "./engine-client.ts";

/** Shares of the budget. */
const MOMENTS = [0.1, 0.3, 0.6] as const;
const TOKENS = 64;
/** A run of fewer seconds is over before anybody has read it. */
const SHORTEST = 10;

export class Glimpses {
  /** How long the clock stood still [ms]. */
  pausedMs = 0;
  readonly #engine: Pick<EngineClient, "ask">;
  readonly #request: RunRequest;
  readonly #passes: Pick<Passes, "single" | "parameters">;
  readonly #onEvent: (event: RunEvent) => void;
  #next = 0;
  #asking: Promise<void> | null = null;

  constructor(
    engine: Pick<EngineClient, "ask">,
    request: RunRequest,
    passes: Pick<Passes, "single" | "parameters">,
    onEvent: (event: RunEvent) => void,
  ) {
    this.#engine = engine;
    this.#request = request;
    this.#passes = passes;
    this.#onEvent = onEvent;
    if (request.wantGlimpses !== true || request.arena.budgetSeconds < SHORTEST) this.#next = MOMENTS.length;
  }

  /** The run has spent so many seconds, and this share of its budget. */
  reached(seconds: number, share: number): void {
    if (this.#asking !== null || share < (MOMENTS[this.#next] ?? Infinity)) return;
    while (share >= (MOMENTS[this.#next] ?? Infinity)) this.#next++;
    const asking = this.#ask(seconds).finally(() => (this.#asking = null));
    asking.catch(() => undefined); // thrown by settled(), unless the run failed first
    this.#asking = asking;
  }

  /** Resolves when the engine is free for another question. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  async #ask(seconds: number): Promise<void> {
    const { seed, corpus, arena } = this.#request;
    const { single, parameters } = this.#passes;
    const writing = Math.min(0.5, arena.budgetSeconds / 100);
    const wanted = { single, parameters, count: TOKENS, seconds: writing, seed };
    const answer = await this.#engine.ask({ type: "glimpse", ...wanted }).catch((error: unknown) => {
      if (!(error instanceof LabError) || error.code !== "graph") throw error;
      return null; // train.ts made another model than in its rehearsal
    });
    if (answer === null) {
      this.#next = MOMENTS.length;
      return;
    }
    this.pausedMs += answer.pausedMs;
    if (answer.tokens.length === 0) return;
    const text = new TextDecoder().decode(corpus.tokenizer.decode(answer.tokens));
    this.#onEvent({ type: "glimpse", seconds, text });
  }
}
