// The interface of an arena: a manifest, instances that only the lab sees completely, an evaluator, and a first
// candidate. The loop, the verdict and the researchers use only this interface.
import type { Manifest, SplitName } from "./manifest.ts";

/** Data passed into the candidate's realm and back: any JSON value. */
export type Data = null | boolean | number | string | readonly Data[] | { readonly [key: string]: Data };

/** The part of one instance that the candidate gets. */
export interface Task {
  /** The first argument of `solve`. */
  readonly given: Data;
  /**
   * Items that come one at a time: `solve` returns a function that is called with each, and its answers are the output.
   * The candidate gets an item only after it answered the previous one. Absent: the result of `solve` is the output.
   */
  readonly stream?: readonly Data[];
}

/** The evaluator's result for one valid output. */
export interface Evaluation {
  /** In the manifest's unit. */
  readonly score: number;
  /** All metrics that the manifest names, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** A few words for people: `n = 26: 2.6341`. */
  readonly words: string;
}

/** A change of the candidate that the built-in researcher may try: each `find` must occur exactly once. */
export interface ArenaEdit {
  readonly name: string;
  /** Edits of one slot are alternatives. */
  readonly slot: string;
  /** The old and the new form, as a clause. */
  readonly change: string;
  readonly why: string;
  readonly from: string;
  readonly steps: readonly (readonly [find: string, replace: string])[];
}

export interface Arena<Instance = unknown> {
  readonly manifest: Manifest;
  /** The candidate that a study begins with. */
  readonly first: string;
  /** program.md of a new study. */
  readonly program: string;
  readonly edits: readonly ArenaEdit[];
  /** Candidates that the readiness check compares with the first. */
  readonly known: {
    /** It must score worse. */
    readonly worse: string;
    /** Its answers break a rule: it must get no score. */
    readonly garbage: string;
    /** Planted cheats that must be caught (no score), or gain nothing over the first candidate. */
    readonly cheats: readonly Cheat[];
  };
  /** Instances of a split; the same list for the same seed. `seed` is the study's, and no candidate ever sees it. */
  instances(split: SplitName, seed: number): readonly Instance[];
  taskOf(instance: Instance): Task;
  /** Checks and scores an output. Throws LabError "invalid" for an invalid output. Never runs code of a candidate. */
  evaluate(instance: Instance, output: unknown): Evaluation;
}

export interface Cheat {
  readonly name: string;
  readonly source: string;
  /** `caught`: it must not get a score. `useless`: its score must not be better than the first candidate's. */
  readonly expect: "caught" | "useless";
}

/** The loss that the loop compares: lower is better in every arena. */
export const lossOf = ({ direction }: Pick<Manifest, "direction">, score: number): number =>
  direction === "lower" ? score : -score;

/** Erases the type of an arena's instances, for use outside of its folder. */
export function arena<Instance>(parts: Arena<Instance>): Arena {
  // Safe: an instance comes only from `instances` of the same arena.
  return parts as unknown as Arena;
}
