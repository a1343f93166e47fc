// The human's approval of a proposal before it runs, where the setting asks for it. The answer is stored, so that a
// reload between approval and run does not ask again.
import type { Rejection } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Candidate } from "../contract/experiment.ts";
import type { ResearcherContext } from "./store.ts";

/** The approval that the loop asks for before an experiment begins. */
export interface Gate {
  /** `run`, `again` when the proposal was sent back, or `stopped` when `signal` fired first. */
  admit(slot: Candidate, signal: AbortSignal): Promise<"run" | "again" | "stopped">;
  /** Proposals for this number that were sent back. */
  rejected(number: number): readonly Rejection[];
}

type Answer = "run" | "again";

/** One question at a time: asked, then answered by the human or given up. */
export class Question {
  #answer: ((answer: Answer) => void) | null = null;
  #number = -1;

  ask(number: number, signal: AbortSignal): Promise<Answer | "stopped"> {
    return new Promise((resolve) => {
      const done = (answer: Answer | "stopped") => {
        this.#answer = null;
        signal.removeEventListener("abort", stop);
        resolve(answer);
      };
      const stop = () => {
        done("stopped");
      };
      this.#number = number;
      this.#answer = done;
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }
  /** Whether the question about this experiment is open. */
  open(number: number): boolean {
    return this.#answer !== null && this.#number === number;
  }
  answer(answer: Answer): void {
    this.#answer?.(answer);
  }
}

/** Asks if the setting is on, except about proposals of the human or the lab, and proposals that already ran. */
export class Approval implements Gate {
  readonly #context: ResearcherContext;
  readonly #question = new Question();
  /** The proposal that waits for the human's approval. */
  waiting: Candidate | null = null;

  constructor(context: ResearcherContext) {
    this.#context = context;
  }

  async admit(slot: Candidate, signal: AbortSignal): Promise<"run" | "again" | "stopped"> {
    const { proposal, number, runs } = slot;
    const keeper = this.#context.keeper();
    const tag = this.#context.tag();
    const { settings, approved } = keeper.now;
    const ours = proposal.researcher === "human" || proposal.researcher === "lab";
    const before = approved?.tag === tag && approved.number === number && approved.source === proposal.source;
    if (!settings.approve || ours || before || runs.length > 0 || slot.refused !== null) return "run";
    this.waiting = slot;
    this.#context.changed();
    const answer = await this.#question.ask(number, signal);
    this.waiting = null;
    this.#context.changed();
    return answer;
  }

  rejected(number: number): ReturnType<Gate["rejected"]> {
    const tag = this.#context.tag();
    return this.#context.keeper().now.refused.filter((one) => one.tag === tag && one.number === number);
  }

  /** Approves the waiting proposal (`reason` null), or sends it back with a reason. */
  async decide(number: number, reason: string | null): Promise<void> {
    const slot = this.waiting;
    if (slot === null || !this.#question.open(number))
      throw new LabError("value", { what: `no proposal #${number} needs approval` });
    const tag = this.#context.tag();
    const { source, hypothesis } = slot.proposal;
    if (reason === null) await this.#context.keeper().update(() => ({ approved: { tag, number, source } }));
    else {
      const words = reason.trim() === "" ? "the human rejected it" : `the human says: ${reason.trim()}`;
      await this.#context.keeper().update(({ refused }) => ({
        refused: [...refused, { tag, number, source, hypothesis, reason: words }],
      }));
    }
    this.#question.answer(reason === null ? "run" : "again");
  }

  /** Approval was turned off: the waiting proposal may run. */
  waive(): void {
    this.#question.answer("run");
  }
}
