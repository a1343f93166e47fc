// The journal: what the lab is in the middle of, outside of git's history. It is written before a step begins, so
// that whoever opens the lab next goes on at the same place; one writer, one order.
import type { Rejection, Proposal } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Json } from "../../repo/index.ts";
import type { FinishedRun } from "./record.ts";

/**
 * The experiment under way: chosen, perhaps running, not yet committed. It rewrites the incumbent there is when
 * `number` experiments are done; which commit that is may not be known yet when the slot is written.
 */
export interface Slot {
  readonly number: number;
  readonly proposal: Proposal;
  /** Why the type check would not let it run; such a slot becomes a crash without a run. */
  readonly refused: string | null;
  readonly seed: number;
  readonly startedAt: number;
  /** Runs that ended before the verdict. */
  readonly runs: readonly FinishedRun[];
  /** Fresh runs of the incumbent that ended before the verdict. */
  readonly incumbentRuns: readonly FinishedRun[];
  /** How often the GPU was lost under the run that is under way; a reload does not forget it. Absent: never. */
  readonly losses?: number;
}

/** A proposal for experiment `number` that failed in its rehearsal and was sent back. */
export interface SentBack {
  readonly number: number;
  readonly source: string;
  readonly hypothesis: string;
  readonly category: string;
  readonly researcher: string;
  readonly reason: string;
}

/** A proposal from outside, the human's as a rule, that waits for its turn. */
export interface Queued {
  readonly source: string;
  readonly hypothesis: string;
  /** The experiment it forks from; absent: the incumbent. */
  readonly base?: number;
  /** Who proposes it; absent: the human. */
  readonly researcher?: string;
  readonly category?: string;
  readonly expected?: string;
  readonly falsify?: string;
}

export interface Journal {
  readonly version: 1;
  /** The open study; null before the first. */
  readonly tag: string | null;
  /** Whether the loop was running: then it resumes by itself. */
  readonly active: boolean;
  /** Stop after this many experiments, the baseline included; 0: never. */
  readonly limit: number;
  /** program.md as the human last saved it; null: the seed's. */
  readonly program: string | null;
  readonly slot: Slot | null;
  readonly queue: readonly Queued[];
  /** Until the experiment they were meant for is committed. */
  readonly sentBack: readonly SentBack[];
}

export const EMPTY_JOURNAL: Journal = {
  version: 1,
  tag: null,
  active: false,
  limit: 0,
  program: null,
  slot: null,
  queue: [],
  sentBack: [],
};

/** Reads what the repository kept. Only this lab writes it, so anything else is a fault: LabError `storage`. */
export function parseJournal(value: Json | undefined): Journal {
  if (value === undefined || value === null) return EMPTY_JOURNAL;
  const version = typeof value === "object" && "version" in value ? value.version : undefined;
  if (version !== 1) {
    throw new LabError("storage", {
      what: "the journal is of another version of the lab",
      got: String(version),
      expected: "1",
    });
  }
  const journal = { ...EMPTY_JOURNAL, ...(value as Partial<Journal>) };
  return { ...journal, slot: journal.slot && { ...NO_RUNS, ...journal.slot } };
}

/** What a slot of before the paired rule did not write down. */
const NO_RUNS = { incumbentRuns: [] } as const;

/** Where a journal is kept; the repository is one. */
export interface JournalStore {
  readJournal(): Promise<Json | undefined>;
  writeJournal(value: Json): Promise<void>;
}

/**
 * The journal in memory and in the store. Changes are queued, each sees the one before it, and `now` moves only
 * after the store has acknowledged.
 */
export class JournalKeeper {
  #now: Journal;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #store: JournalStore;

  private constructor(store: JournalStore, journal: Journal) {
    this.#store = store;
    this.#now = journal;
  }

  static async open(store: JournalStore): Promise<JournalKeeper> {
    return new JournalKeeper(store, parseJournal(await store.readJournal()));
  }

  get now(): Journal {
    return this.#now;
  }

  /** Changes the journal; durable when it resolves. */
  update(change: (journal: Journal) => Partial<Journal>): Promise<void> {
    return this.write(change, (value) => this.#store.writeJournal(value));
  }

  /** Changes the journal through `save`, which keeps it together with something else in one transaction. */
  write<T>(change: (journal: Journal) => Partial<Journal>, save: (value: Json) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      const next = toJson({ ...this.#now, ...change(this.#now) });
      const result = await save(next);
      this.#now = parseJournal(next);
      return result;
    });
    // A failed write is its caller's to hear of; the next one takes its turn all the same.
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** A plain copy: what JSON cannot say (undefined, typed arrays, infinities) must not differ before and after a reload. */
function toJson(journal: Journal): Json {
  return JSON.parse(JSON.stringify(journal)) as Json;
}

/** Proposals for experiment `number` that went back so far. */
export const sentBackFor = ({ sentBack }: Journal, number: number): readonly SentBack[] =>
  sentBack.filter((one) => one.number === number);

/** As a brief and the notebook have it. */
export const rejectionOf = ({ source, hypothesis, category, reason }: SentBack): Rejection => ({
  source,
  hypothesis,
  category,
  reason,
});
