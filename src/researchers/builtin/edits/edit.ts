// A structural edit: something one would change in train.ts with an editor, done by code, with its reason and where
// the idea comes from.

export interface Edit {
  /** Unique; becomes the category of the experiment. */
  readonly name: string;
  /** What the edit replaces: two edits of one slot are alternatives. */
  readonly slot: string;
  /** From what to what, as a clause: "the MLP's ReLU² becomes GELU". */
  readonly change: string;
  /** Why it might help. */
  readonly why: string;
  /** What it gains besides where seconds end a run and not tokens. */
  readonly inTime?: string;
  /** Paper or codebase. */
  readonly from: string;
  /** The edited source, or null when the source is not as the edit expects it. */
  apply(source: string): string | null;
}
