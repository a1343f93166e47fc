// A structural edit: a change that a person would make to train.ts in an editor, done by code, with its reason and the
// source of the idea.

export interface Edit {
  /** Unique; becomes the category of the experiment. */
  readonly name: string;
  /** The part that the edit replaces: two edits of one slot are alternatives. */
  readonly slot: string;
  /** The old and the new form, as a clause: "the MLP's ReLU² becomes GELU". */
  readonly change: string;
  /** The reason why it might help. */
  readonly why: string;
  /** A further gain where seconds, not tokens, end a run. */
  readonly inTime?: string;
  /** Paper or codebase. */
  readonly from: string;
  /** The edited source, or null when the edit does not fit the source. */
  apply(source: string): string | null;
}
