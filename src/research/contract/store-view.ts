// The state of the store as the page shows it: its room, its damage, its copies.

/** The experiments of one study that survived damage. */
export interface SalvageView {
  readonly tag: string;
  /** Their number at the last acknowledged write; null: unknown. */
  readonly expected: number | null;
  readonly inStore: number;
  readonly inCopies: number;
  /** How many the study has if the human continues. */
  readonly left: number;
  /** The experiments, or parts of them, that are lost, one line each. */
  readonly losses: readonly string[];
}

export interface DamageView {
  /** One line each; empty when the human only brought a copy. */
  readonly problems: readonly string[];
  readonly studies: readonly SalvageView[];
  readonly copies: readonly string[];
  /** Why a copy was not used, one line each. */
  readonly refused: readonly string[];
  /** False: the database cannot be written to, so it can only be exported. */
  readonly writable: boolean;
}

/** Room and state of the browser's storage. */
export interface StorageView {
  readonly state:
    | "ok"
    | "low" // room for a few experiments
    | "full" // the last write was refused; the lab goes on when there is room
    | "lost"; // the browser closed the store: site data were cleared
  readonly usage: number | null; // bytes; null: the browser does not say
  readonly quota: number | null;
}

/** Copies of the study outside of the browser's database. */
export interface CopiesView {
  /** In the browser's own file system; `at`: the time of the last copy, null: none. */
  readonly browser: { readonly at: number | null; readonly error: string | null };
  /** In a folder that the human granted; null: none. */
  readonly folder: {
    readonly name: string;
    /** The browser must ask for permission again, which takes a click. */
    readonly asks: boolean;
    readonly at: number | null;
    readonly error: string | null;
  } | null;
}
