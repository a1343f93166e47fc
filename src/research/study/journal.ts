// The journal: the lab's unfinished work, outside of git's history. It is written before a step begins, so that a lab that is
// opened again continues at the same place.
import type { Proposal, Rejection } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Json } from "../../repo/index.ts";
import type { Candidate } from "../contract/lab-state.ts";
import { Kept } from "./kept.ts";

/**
 * A proposal from outside, the human's as a rule, that waits for its turn; `base` is the experiment it forks from, absent: the
 * incumbent. Without a `researcher` it is the human's.
 */
export type Queued = Pick<Proposal, "source" | "hypothesis" | "base"> &
  Partial<Pick<Proposal, "researcher" | "category" | "expected" | "falsify">>;

export interface Journal {
  readonly version: 1;
  /** The open study; null before the first. */
  readonly tag: string | null;
  /** Whether the loop was running: then it resumes when the lab opens. */
  readonly active: boolean;
  /** Stop after this many experiments, the baseline included; 0: never. */
  readonly limit: number;
  /** program.md as the human last saved it; null: the seed's. */
  readonly program: string | null;
  readonly slot: Candidate | null;
  readonly queue: readonly Queued[];
  /** Proposals for experiment `number` that failed in their rehearsal; kept until that experiment is committed. */
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

/** Reads the stored journal. Only this lab writes it, so a malformed one is damage: LabError `storage`. */
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

/** Default of a field that slots from before the paired rule lack. */
const NO_RUNS = { incumbentRuns: [] } as const;

/** The store of a journal, such as the repository. */
interface JournalStore {
  readJournal(): Promise<Json | undefined>;
  writeJournal(value: Json): Promise<void>;
}

/** The journal, kept in its store. */
export class JournalKeeper extends Kept<Journal> {
  static async open(store: JournalStore): Promise<JournalKeeper> {
    const journal = parseJournal(await store.readJournal());
    return new JournalKeeper(journal, (value) => store.writeJournal(value));
  }
}

/** Proposals for experiment `number` that were sent back so far, as in a brief and in the notebook. */
export const sentBackFor = ({ sentBack }: Journal, number: number): readonly Rejection[] =>
  sentBack.filter((one) => one.number === number).map(({ number: _, ...rejection }) => rejection);
