// The lab's data about researchers outside git's history: settings, bookings, the human's prices, notes and answers. A
// booking is durable before anything follows: a reload must not reset the spending.
import type { Booking, CapabilityTable, PriceRow, Rejection } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Json } from "../../repo/index.ts";
import { Kept, plain } from "../study/kept.ts";
import { DEFAULT_RESEARCHER, type ResearcherSettings } from "../contract/researcher-settings.ts";

/** A booking and the study it was made for ("" before the first). */
export interface StudyBooking extends Booking {
  readonly tag: string;
}

export interface Stored {
  readonly version: 1;
  readonly settings: ResearcherSettings;
  readonly bookings: readonly StudyBooking[];
  /** The index of the first booking that counts against the spending limit. */
  readonly nightFrom: number;
  readonly prices: readonly PriceRow[];
  /** Capabilities of servers and their models: learned, or set by the human. */
  readonly capabilities: CapabilityTable;
  readonly notes: readonly string[];
  /** The human's edit of learnings.md that no commit holds yet. */
  readonly learnings: { readonly tag: string; readonly text: string } | null;
  /** With its source: a repaired proposal of the same number needs a new approval. */
  readonly approved: { readonly tag: string; readonly number: number; readonly source: string } | null;
  /** Proposals the human sent back. */
  readonly refused: readonly (Rejection & { readonly tag: string; readonly number: number })[];
}

const NOTHING_STORED: Stored = {
  version: 1,
  settings: DEFAULT_RESEARCHER,
  bookings: [],
  nightFrom: 0,
  prices: [],
  capabilities: {},
  notes: [],
  learnings: null,
  approved: null,
  refused: [],
};

export interface SideStore {
  readJournal(name?: string): Promise<Json | undefined>;
  writeJournal(value: Json, name?: string): Promise<void>;
}

const NAME = "researchers";
export const transcriptName = (tag: string, number: number): string => `transcript-${tag}-${number}`;

/** The stored data, and one further document for each transcript. */
export class StoredKeeper extends Kept<Stored> {
  readonly #store: SideStore;

  private constructor(store: SideStore, now: Stored) {
    super(now, (value) => store.writeJournal(value, NAME));
    this.#store = store;
  }

  static async open(store: SideStore): Promise<StoredKeeper> {
    const value = await store.readJournal(NAME);
    if (value === undefined || value === null) return new StoredKeeper(store, NOTHING_STORED);
    const stored = value as unknown as Partial<Stored>;
    if (stored.version !== 1) {
      throw new LabError("storage", {
        what: "the stored settings of the researchers are from another version of the lab",
        got: String(stored.version),
        expected: "1",
      });
    }
    const settings = { ...DEFAULT_RESEARCHER, ...stored.settings };
    return new StoredKeeper(store, { ...NOTHING_STORED, ...stored, settings });
  }

  writeDocument(name: string, value: object): Promise<void> {
    return this.#store.writeJournal(plain(value) as Json, name);
  }
  async readDocument(name: string): Promise<unknown> {
    return (await this.#store.readJournal(name)) ?? null;
  }
}

/** The objects that all parts of the researcher service use. */
export interface ResearcherContext {
  keeper(): StoredKeeper;
  /** The open study's tag; "" without one. */
  tag(): string;
  /** The view has changed. */
  changed(): void;
  /** Shows an error of background work. */
  failed(error: unknown): void;
}
