// The evaluator of an arena of the user's own, in a realm of its own: neither the lab's nor the candidate's. Its answers
// are data, and are checked like those of a stranger.
import { LabError } from "../../error.ts";
import { compile } from "../../runner/index.ts";
import type { Data, Evaluation } from "../contract/arena.ts";
import type { Manifest, SplitName } from "../contract/manifest.ts";
import { SPLITS } from "../contract/manifest.ts";
import { askRealm, type OpenRealm } from "../realm/ask.ts";

export const EVALUATOR = "evaluate.ts";
const MAX_BYTES = 400_000;
/** For one instance, however large. */
const TICKS = 100_000_000;
const SECONDS = 60;
/** Apart from the seeds of any candidate's draws. */
const SEEDS = 2 ** 45;

/** An instance as evaluate.ts made it: the candidate gets `given`, and only the evaluator `hidden`. */
export interface OwnInstance {
  readonly given: Data;
  readonly hidden: Data;
}

export interface Evaluator {
  instances(split: SplitName, seed: number): Promise<readonly OwnInstance[]>;
  evaluate(instances: readonly OwnInstance[], outputs: readonly unknown[]): Promise<readonly Evaluation[]>;
}

/** Throws LabError "crash" with the line of a syntax error. */
export function ownEvaluator(manifest: Manifest, source: string, openRealm: OpenRealm): Evaluator {
  const dialect = { file: EVALUATOR, modules: [], gives: ["instances", "evaluate"], most: MAX_BYTES };
  const code = compile(source, dialect);
  const never = new AbortController().signal;
  const ask = async (entry: "instances" | "evaluate", given: readonly Data[], seed: number) => {
    const request = {
      code,
      entries: [entry],
      tasks: given.map((one) => ({ given: one })),
      ticks: TICKS,
      seeds: given.map(() => SEEDS + seed),
    };
    const numbered = entry === "evaluate" ? (task: number) => `${task + 1}: ` : () => "";
    const limits = { seconds: SECONDS, file: EVALUATOR, signal: never, nameOf: numbered };
    return (await askRealm(openRealm, request, limits)).outputs;
  };

  return {
    async instances(split, seed) {
      const count = manifest.splits[split];
      const [made] = await ask("instances", [{ split, count }], 3 * seed + SPLITS.indexOf(split));
      if (!Array.isArray(made) || made.length !== count)
        throw new LabError("arena", {
          what: `${EVALUATOR}: instances of ${split}`,
          got: Array.isArray(made) ? `${made.length}` : typeof made,
          expected: `${count}, as arena.json says`,
        });
      return made.map((one: unknown, i) => instanceOf(one, `${split} ${i + 1}`));
    },

    async evaluate(instances, outputs) {
      const given = instances.map((one, i) => ({ ...one, output: outputs[i] as Data }));
      try {
        return (await ask("evaluate", given, 0)).map((found, i) => evaluationOf(manifest, found, i + 1));
      } catch (error) {
        // The output may be to blame as well as the evaluator; the line says where it happened.
        if (error instanceof LabError && error.code === "crash") throw new LabError("invalid", error.message);
        throw error;
      }
    },
  };
}

function instanceOf(value: unknown, name: string): OwnInstance {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "given"))
    throw new LabError("arena", {
      what: `${EVALUATOR}: instance ${name}`,
      got: (JSON.stringify(value) ?? typeof value).slice(0, 60),
      expected: "an object with the field given",
    });
  const { given, hidden = null } = value as { given: Data; hidden?: Data };
  return { given, hidden };
}

/** The checked score. A number that is none arrives as null, because answers are JSON. */
function evaluationOf({ guards, secondary }: Manifest, found: unknown, number: number): Evaluation {
  const fail = (got: string, expected: string): never => {
    throw new LabError("invalid", { what: `${number}: ${EVALUATOR} returned`, got, expected });
  };
  if (typeof found !== "object" || found === null || Array.isArray(found))
    return fail(
      (JSON.stringify(found) ?? typeof found).slice(0, 60),
      "an object with a score, or with invalid",
    );
  const { score, metrics = {}, words = "", invalid } = found as Record<string, unknown>;
  if (typeof invalid === "string") throw new LabError("invalid", `${number}: ${invalid.slice(0, 200)}`);
  if (typeof score !== "number")
    return fail(
      `a score of ${(JSON.stringify(score) ?? "undefined").slice(0, 40)}`,
      "a finite number (NaN is none)",
    );
  const named = [...guards, ...secondary].map(({ name }) => name);
  const values = named.map((name) => {
    const value = (metrics as Record<string, unknown> | null)?.[name];
    return typeof value === "number" ? [name, value] : fail(`no ${name}`, "every metric of arena.json");
  });
  return {
    score,
    metrics: Object.fromEntries(values) as Record<string, number>,
    words: typeof words === "string" ? words.slice(0, 200) : "",
  };
}
