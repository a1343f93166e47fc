// What an arena is: a manifest, instances that nobody but the lab sees whole, an evaluator, and a first candidate. The loop,
// the verdict and the researchers know no more of it than this.
import type { Manifest, SplitName } from "./manifest.ts";

/** Data as it crosses into the candidate's realm and back: whatever JSON can say. */
export type Data = null | boolean | number | string | readonly Data[] | { readonly [key: string]: Data };

/** What the candidate is given of one instance. */
export interface Task {
  /** The first argument of `solve`. */
  readonly given: Data;
  /**
   * Items that come one at a time: `solve` returns a function that is called with each, and its answers are the output. No
   * item is there before the one in front of it was answered. Absent: what `solve` returns is the output.
   */
  readonly stream?: readonly Data[];
}

/** What the evaluator says of one valid output. */
export interface Evaluation {
  /** In the manifest's unit. */
  readonly score: number;
  /** Secondary metrics by name, all that the manifest names. */
  readonly metrics: Readonly<Record<string, number>>;
  /** A few words for people: `n = 26: 2.6341`. */
  readonly words: string;
}

/** A change of the candidate that the built-in researcher may try: each `find` must be there exactly once. */
export interface ArenaEdit {
  readonly name: string;
  /** Edits of one slot are alternatives. */
  readonly slot: string;
  /** From what to what, as a clause. */
  readonly change: string;
  readonly why: string;
  readonly from: string;
  readonly steps: readonly (readonly [find: string, replace: string])[];
}

export interface Arena<Instance = unknown> {
  readonly manifest: Manifest;
  /** The candidate that a study begins with. */
  readonly first: string;
  /** What program.md says in a new study. */
  readonly program: string;
  readonly edits: readonly ArenaEdit[];
  /** Candidates that the readiness check compares with the first. */
  readonly known: {
    /** It must score worse. */
    readonly worse: string;
    /** It gives answers that break a rule: it must have no score. */
    readonly garbage: string;
    /** Plants that must be caught (no score), or gain nothing over the first candidate. */
    readonly cheats: readonly Cheat[];
  };
  /** The same list for the same seed. `seed` is the study's: no candidate ever sees it. */
  instances(split: SplitName, seed: number): readonly Instance[];
  taskOf(instance: Instance): Task;
  /** Checks an output exactly and scores it. Throws LabError "invalid" for one that is no answer. Never runs code of a candidate. */
  evaluate(instance: Instance, output: unknown): Evaluation;
}

export interface Cheat {
  readonly name: string;
  readonly source: string;
  /** `caught`: it must not get a score. `useless`: its score must not be better than the first candidate's. */
  readonly expect: "caught" | "useless";
}

/** Lower is better, whatever the arena counts: what the loop compares. */
export const lossOf = ({ direction }: Pick<Manifest, "direction">, score: number): number =>
  direction === "lower" ? score : -score;

/** An arena with the type of its instances forgotten, as everything outside its folder holds it. */
export function arena<Instance>(parts: Arena<Instance>): Arena {
  // An instance comes from `instances` of the same arena alone.
  return parts as unknown as Arena;
}
