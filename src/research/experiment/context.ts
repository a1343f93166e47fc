// The loop's dependencies and its listener. All are injected, so that the loop runs in a test as it does in the lab.
import type { Clock, HistoryEntry, Proposal, Researcher } from "../../researchers/index.ts";
import type { RunCorpus, RunEvent, Runner } from "../../runner/index.ts";
import type { Repository } from "../../repo/index.ts";
import type { JournalKeeper } from "../study/journal.ts";
import type { Outside } from "../contract/researcher-settings.ts";
import type { Gate } from "../researchers/approval.ts";
import type {
  Candidate,
  Diagnostic,
  ExperimentRecord,
  LabNotice,
  Stage,
  StoredRecord,
} from "../contract/lab-state.ts";
import type { ScoredModel } from "../models/model-of.ts";
import type { Study } from "../study/study.ts";
import type { Rule } from "../verdict/verdict.ts";

/** Receives the loop's events. */
export interface LoopListener {
  /** An experiment begins, or begins again after an interruption. */
  began(candidate: Candidate): void;
  /** A run of this experiment begins: of the candidate, or once more of its incumbent; `run` counts from 1. */
  turn(side: "candidate" | "incumbent", run: number): void;
  stage(stage: Stage, detail: string, done: number, total: number): void;
  run(event: Exclude<RunEvent, { type: "model" }>): void;
  /** The experiment is committed, so that a crash no longer loses it. */
  committed(record: ExperimentRecord): void;
  /** The proposal that waits for the present run to end. */
  next(proposal: Pick<Proposal, "hypothesis" | "researcher"> | null): void;
  notice(level: LabNotice["level"], text: string): void;
}

/** Writes learnings.md, which the human edits too. */
export interface Memory {
  /** The text after this experiment; `before` are the earlier ones. */
  learningsAfter(record: StoredRecord & { readonly source: string }, before: readonly HistoryEntry[]): string;
  /** The text is committed. */
  committed(learnings: string): void;
}

/** Keeps the weights of scored models, as far as there is room. */
export interface ModelKeeper {
  /** Does not wait, and tells a failure as a notice: a study does not need it. */
  keep(model: ScoredModel): void;
}

export interface LoopContext {
  readonly study: Study;
  readonly corpus: RunCorpus;
  readonly repository: Pick<Repository, "commitExperiment">;
  readonly journal: JournalKeeper;
  readonly runner: Pick<Runner, "run">;
  readonly researcher: Researcher;
  readonly rule: Rule;
  /** Type errors of a train.ts; throws LabError `check` when the check itself fails. */
  check(source: string): Promise<readonly Diagnostic[]>;
  /** program.md as it is now. */
  program(): string;
  /** The documented types of `nn` and `prepare`, for the researcher. */
  readonly manual: string;
  readonly clock: Clock;
  readonly listener: LoopListener;
  /** Absent: models are not kept. */
  readonly models?: ModelKeeper;
  /** Absent: every proposal runs. */
  readonly gate?: Gate;
  /** Absent: one line for each experiment. */
  readonly memory?: Memory;
  /** The present settings; absent: the loop does not wait for proposals from outside. */
  outside?(): Outside;
}

/** How the human stops the loop. */
export class Control {
  readonly #now = new AbortController();
  readonly #pause = new AbortController();

  /** Fires on Stop now. */
  get signal(): AbortSignal {
    return this.#now.signal;
  }
  /** Fires on Stop now and on Stop after this run, and ends every wait. */
  get pause(): AbortSignal {
    return this.#pause.signal;
  }
  stopAfterRun(): void {
    this.#pause.abort();
  }
  stopNow(): void {
    this.#pause.abort();
    this.#now.abort();
  }
}
