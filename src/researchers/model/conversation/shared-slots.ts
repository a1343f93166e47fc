// Shares the slots of a study between a model and an optimiser. When the model cannot answer now (it rests, is paused,
// is slow, has spent its budget), the optimiser fills in at once, so that the GPU does not wait. A late answer is
// not discarded: it is used for a later slot if it still fits.
import { applyPatch, createTwoFilesPatch } from "diff";
import { LabError } from "../../../error.ts";
import type { Brief, Proposal, Researcher } from "../../researcher.ts";
import type { Availability, ModelEvent } from "./events.ts";
import { duplicateOf } from "../material/insight.ts";
import { parseConstants, setConstants } from "../../source/constants.ts";
import { type Clock, systemClock } from "../wire/clock.ts";

/** The interface of a model researcher that sharing needs. */
export type Sharing = Researcher & { availability(): Availability };

interface MixOptions {
  readonly model: Sharing;
  readonly optimiser: Researcher;
  /** The model's share of the slots; 1: all of them, and the optimiser only fills in. */
  readonly share?: number;
  /** How long the GPU may stay idle for the model [ms]. */
  readonly idleWait?: number;
  readonly clock?: Clock;
  readonly onEvent?: (event: ModelEvent) => void;
}

interface MixedResearcher extends Researcher {
  /** The running experiment has ended: the pending call of `propose` returns the optimiser's proposal now. */
  hurry(): void;
}

/** CMA-ES with a model on 30 % of the trials beat either alone (arXiv 2603.24647). */
const DEFAULT_SHARE = 0.3;
/**
 * Number of recent slots over which the share holds: after an outage the model catches up, but not for half the night.
 */
const WINDOW = 20;
const IDLE_WAIT = 15_000;

export function mixedResearcher(options: MixOptions): MixedResearcher {
  return new Mix(options);
}

/** A call to the model, and its answer once it has settled. */
interface Question {
  readonly brief: Brief;
  readonly answer: Promise<Answer>;
  settled: Answer | null;
  /**
   * Proposals already made from the answer: rebasing changes their text, so they are kept to see which of them have
   * run.
   */
  readonly given: { source: string }[];
}
type Answer = { readonly proposal: Proposal } | { readonly error: unknown };

class Mix implements MixedResearcher {
  readonly name: string;
  readonly free = false;
  readonly #model: Sharing;
  readonly #optimiser: Researcher;
  readonly #share: number;
  readonly #idleWait: number;
  readonly #clock: Clock;
  readonly #onEvent: (event: ModelEvent) => void;
  /** Asked and not yet used. */
  #question: Question | null = null;
  /** The researcher of each slot that is not in the history yet. */
  readonly #given = new Map<number, string>();
  #hurry = new AbortController();

  constructor({ model, optimiser, share = DEFAULT_SHARE, idleWait = IDLE_WAIT, clock, onEvent }: MixOptions) {
    if (!(share >= 0 && share <= 1)) {
      throw new LabError("value", {
        what: "the model's share is a fraction",
        got: String(share),
        expected: "0 to 1",
      });
    }
    this.name = `${model.name} and ${optimiser.name}`;
    this.#model = model;
    this.#optimiser = optimiser;
    this.#share = share;
    this.#idleWait = idleWait;
    this.#clock = clock ?? systemClock;
    this.#onEvent = onEvent ?? (() => undefined);
  }

  hurry(): void {
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }

  async propose(brief: Brief, signal: AbortSignal): Promise<Proposal> {
    if (signal.aborted) throw new LabError("cancelled", "the proposal is no longer wanted");
    const again = brief.rejected.length > 0 && this.#given.has(brief.number);
    const model = again ? this.#given.get(brief.number) === this.#model.name : this.#isModelsTurn(brief);
    const proposal =
      (model ? await this.#askModel(brief, again, signal) : null) ?? (await this.#fill(brief, signal));
    this.#given.set(brief.number, proposal.researcher);
    return proposal;
  }

  #isModelsTurn({ history, pending }: Brief): boolean {
    const done = history.filter(({ parent, researcher }) => parent !== null && researcher !== "human");
    const running = pending.map(({ number }) => this.#given.get(number) ?? this.#optimiser.name);
    const recent = [...done.map(({ researcher }) => researcher), ...running].slice(-WINDOW);
    const had = recent.filter((name) => name === this.#model.name).length;
    return had < this.#share * (recent.length + 1);
  }

  /** The model's proposal, or null when it is not available in time. */
  async #askModel(brief: Brief, again: boolean, signal: AbortSignal): Promise<Proposal | null> {
    const earlier = again ? null : this.#unused(brief);
    if (earlier === null) {
      const { state } = this.#model.availability();
      if (state !== "ready") return null;
      this.#question = this.#put(brief, signal);
    }
    const question = earlier ?? this.#question;
    const answer = question && (question.settled ?? (await this.#inTime(question, brief, signal)));
    if (signal.aborted) throw new LabError("cancelled", "the proposal is no longer wanted");
    if (!question || answer === null) return null;
    if ("error" in answer) {
      this.#question = null;
      this.#tell(answer.error);
      return null;
    }
    const fitted = rebase(answer.proposal, question.brief, brief);
    if (fitted !== null) question.given.push(fitted);
    else {
      this.#question = null;
      this.#notice(
        "info",
        `An answer of ${this.#model.name} came too late: train.ts has changed where it changes it.`,
      );
    }
    return fitted;
  }

  /** The open question, unless its answer has run already. */
  #unused(brief: Brief): Question | null {
    const question = this.#question;
    if (question?.settled && "proposal" in question.settled) {
      const ran = [...brief.history, ...brief.pending, ...brief.rejected];
      const used = [question.settled.proposal, ...question.given].some(({ source }) =>
        duplicateOf(source, ran),
      );
      if (used) this.#question = null;
    }
    return this.#question;
  }

  #put(brief: Brief, signal: AbortSignal): Question {
    const answer = this.#model.propose(brief, signal).then(
      (proposal): Answer => ({ proposal }),
      (error: unknown): Answer => ({ error }),
    );
    const question: Question = { brief, answer, settled: null, given: [] };
    void answer.then((settled) => {
      question.settled = settled;
    });
    return question;
  }

  /** The answer, or null when waiting for it would leave the GPU idle. */
  async #inTime(question: Question, brief: Brief, signal: AbortSignal): Promise<Answer | null> {
    const idle = brief.pending.length === 0;
    const enough = new AbortController();
    const stop = () => enough.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (!idle) this.#hurry.signal.addEventListener("abort", stop, { once: true });
    const tooLate = idle ? this.#clock.sleep(this.#idleWait, enough.signal) : fired(enough.signal);
    const answer = await Promise.race([question.answer, tooLate.then(() => null)]);
    stop();
    signal.removeEventListener("abort", stop);
    return answer;
  }

  /** The optimiser's proposal. When the optimiser has none left, the lab waits for the model. */
  async #fill(brief: Brief, signal: AbortSignal): Promise<Proposal> {
    try {
      return await this.#optimiser.propose(brief, signal);
    } catch (error) {
      const exhausted = error instanceof LabError && error.code === "proposal";
      if (!exhausted || this.#share === 0 || this.#model.availability().state !== "ready") throw error;
      const question = this.#unused(brief) ?? this.#put(brief, signal);
      this.#question = null;
      const answer = await question.answer;
      if ("error" in answer) {
        this.#tell(answer.error);
        throw error;
      }
      const fitted = rebase(answer.proposal, question.brief, brief);
      if (fitted === null) throw error;
      return fitted;
    }
  }

  #tell(error: unknown): void {
    if (!(error instanceof LabError)) throw error;
    if (error.code === "cancelled") return;
    this.#notice("warning", `${this.#optimiser.name} fills in for ${this.#model.name}: ${error.message}`);
  }

  #notice(level: "info" | "warning", words: string): void {
    this.#onEvent({ type: "notice", level, words });
  }
}

/**
 * Moves a proposal made for `asked` to the train.ts of `now`: unchanged when the file is the same, else its change
 * applied to the new incumbent where the changed lines and their neighbours are the same. Null when they differ, or
 * when the result is no longer new.
 */
export function rebase(proposal: Proposal, asked: Brief, now: Brief): Proposal | null {
  const repeated = (source: string) =>
    duplicateOf(source, [...now.history, ...now.pending, { source: now.source }]);
  if (asked.source === now.source) return repeated(proposal.source) ? null : proposal;
  const source = carriedOver(proposal.source, asked.source, now.source);
  if (source === null || repeated(source)) return null;
  // Its parent is the new incumbent now, not the experiment it was forked from.
  return { ...proposal, base: undefined, source };
}

/**
 * Applies the change from `from` to `to` to `now`; null where both changed the same place. Constants are merged by
 * name: changes of two adjacent constants do not conflict.
 */
function carriedOver(to: string, from: string, now: string): string | null {
  const [before, wanted, moved] = [from, to, now].map(valuesOf);
  if (!before || !wanted || !moved) return null;
  const changed = (values: ReadonlyMap<string, number>) =>
    [...values].filter(([name, value]) => before.has(name) && before.get(name) !== value);
  const mine = new Map(changed(wanted));
  const theirs = changed(moved);
  if (theirs.some(([name]) => mine.has(name))) return null;
  const plain = setConstants(now, Object.fromEntries(theirs.map(([name]) => [name, before.get(name) ?? 0])));
  const patch = createTwoFilesPatch("a", "b", from, to, "", "", { context: 2 });
  const merged = applyPatch(plain, patch, { fuzzFactor: 0 });
  if (merged === false) return null;
  const left = valuesOf(merged);
  return setConstants(merged, Object.fromEntries(theirs.filter(([name]) => left.has(name))));
}

const valuesOf = (source: string): ReadonlyMap<string, number> =>
  new Map(parseConstants(source).map(({ name, value }) => [name, value]));

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
