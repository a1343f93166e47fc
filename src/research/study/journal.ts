// The journal: what the lab is in the middle of, outside of git's history. It is written before a step begins, so
// that whoever opens the lab next goes on at the same place; one writer, one order.
import type { Proposal, Rejection } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Json } from "../../repo/index.ts";
import type { Candidate } from "../contract/lab-state.ts";

/** A proposal of the human that waits for its turn; `base` is the experiment it forks from, absent: the incumbent. */
export type Queued = Pick<Proposal, "source" | "hypothesis" | "base">;

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
  readonly slot: Candidate | null;
  readonly queue: readonly Queued[];
  /** Proposals that failed in their rehearsal, until experiment `number`, which they were meant for, is committed. */
  readonly sentBack: readonly (Rejection & { readonly number: number })[];
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

/** Proposals for experiment `number` that went back so far, as a brief and the notebook have them. */
export const sentBackFor = ({ sentBack }: Journal, number: number): readonly Rejection[] =>
  sentBack
    .filter((one) => one.number === number)
    .map(({ source, hypothesis, category, reason }) => ({ source, hypothesis, category, reason }));
