// The interface of an arena: a manifest, instances that only the lab sees completely, an evaluator, and a first
// candidate. The loop, the verdict and the researchers use only this interface.
import { LabError, messageOf } from "../../error.ts";
import type { Manifest, SplitName } from "./manifest.ts";

/** Data passed into the candidate's realm and back: any JSON value. */
export type Data = null | boolean | number | string | readonly Data[] | { readonly [key: string]: Data };

/** The part of one instance that the candidate gets. */
export interface Task {
  /** The first argument of the first entry, such as `solve`. */
  readonly given: Data;
  /** The second argument of the second entry; its first is the result of the first entry. */
  readonly then?: Data;
  /**
   * Items that come one at a time: `solve` returns a function that is called with each, and its answers are the output.
   * The candidate gets an item only after it answered the previous one. Absent: the result of `solve` is the output.
   */
  readonly stream?: readonly Data[];
}

/** A score that the verdict pairs with the same one of another candidate. */
export interface Part {
  /** In the manifest's unit. */
  readonly score: number;
  /** All metrics that the manifest names, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Absent: 1. */
  readonly weight?: number;
}

/** The evaluator's result for one valid output. */
export interface Evaluation extends Part {
  /** The score of each row or group of rows, where an instance has many: their weighted mean is `score`. */
  readonly parts?: readonly Part[];
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

/** Tasks besides those of a split, and the check of their outputs. */
export interface Probe {
  readonly name: Manifest["probes"][number];
  readonly tasks: readonly Task[];
  /** True: the draws are those of the validation's instances. False: others, the same for each of the tasks. */
  readonly sameDraws: boolean;
  /** Throws LabError "invalid". `validation`: the outputs of the validation's instances. */
  check(outputs: readonly unknown[], validation: readonly unknown[]): void;
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
    /** It must score worse. Absent: there is none to compare with. */
    readonly worse?: string;
    /** Its answers break a rule: it must get no score. */
    readonly garbage: string;
    /** Planted cheats that must be caught (no score), or gain nothing over the first candidate. */
    readonly cheats: readonly Cheat[];
  };
  /** Texts that are part of the arena, and of every commit of a study, by file name. Absent: none. */
  readonly files?: Readonly<Record<string, string>>;
  /** Facts that a study keeps, such as hashes of files: it goes on only with the same. Absent: none. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Facts about the arena that a person should know, such as a column that was left out. */
  readonly notices?: readonly string[];
  /** Instances of a split; the same list for the same seed. `seed` is the study's, and no candidate ever sees it. */
  instances(split: SplitName, seed: number): readonly Instance[] | Promise<readonly Instance[]>;
  taskOf(instance: Instance): Task;
  /**
   * Checks and scores the outputs of a split. Throws LabError "invalid" for an invalid output, whose message begins
   * with the number of its instance. Never runs code of a candidate.
   */
  evaluate(
    instances: readonly Instance[],
    outputs: readonly unknown[],
  ): readonly Evaluation[] | Promise<readonly Evaluation[]>;
  /** The probes that the manifest names, except `repeat`. Absent: none. */
  probes?(seed: number): readonly Probe[];
}

/** Evaluates each output alone. Errors of the evaluator itself name the instance and pass as they are. */
export const eachAlone =
  <Instance>(evaluateOne: (instance: Instance, output: unknown) => Evaluation): Arena<Instance>["evaluate"] =>
  (instances, outputs) =>
    instances.map((instance, i) => {
      try {
        return evaluateOne(instance, outputs[i]);
      } catch (error) {
        const code = error instanceof LabError ? error.code : "arena";
        throw new LabError(code, { what: `${i + 1}: ${messageOf(error)}`, cause: error });
      }
    });

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
