// The optimiser on functions with a known minimum: their arguments are numbers declared in a train.ts, a proposal costs
// one evaluation, and only a better one becomes the incumbent. Compared with our random search and with uniform draws.
import { describe, expect, it } from "vitest";
import { median } from "../../../bench/shared/median.ts";
import type { Brief, HistoryEntry, Researcher } from "../researcher.ts";
import { builtinResearcher } from "./builtin.ts";
import { seeded } from "./random.ts";
import { randomResearcher } from "./random-researcher.ts";
import { fromUnit, searchSpace, type Values, valuesOf } from "../source/space.ts";

const EVALUATIONS = 30;
const SEEDS = [1, 2, 3, 4, 5];

interface Problem {
  readonly name: string;
  /** Each constant with its start and range. */
  readonly constants: readonly string[];
  readonly f: (v: Values) => number;
  /** The optimiser's median regret is at most this part of random search's. */
  readonly margin: number;
}

const at = (v: Values, name: string): number => v[name] ?? NaN;

const PROBLEMS: readonly Problem[] = [
  {
    name: "sphere, four dimensions",
    constants: [
      "A = 4; // (-5.12..5.12)",
      "B = -4; // (-5.12..5.12)",
      "C = 3; // (-5.12..5.12)",
      "D = -3; // (-5.12..5.12)",
    ],
    // Its lowest point lies off the middle of every range.
    f: (v) =>
      (at(v, "A") - 1.2) ** 2 + (at(v, "B") - 0.7) ** 2 + (at(v, "C") + 2) ** 2 + (at(v, "D") + 0.4) ** 2,
    margin: 0.2,
  },
  {
    name: "Rosenbrock's valley",
    constants: ["X = -1.5; // (-2.048..2.048)", "Y = 1.8; // (-1.5..3.5)"],
    f: (v) => (1 - at(v, "X")) ** 2 + 100 * (at(v, "Y") - at(v, "X") ** 2) ** 2,
    margin: 0.5,
  },
  {
    name: "Branin, three minima",
    constants: ["X = -4; // (-5..10 step 0.01)", "Y = 1; // (0..15 step 0.01)"],
    f: (v) => {
      const [x, y] = [at(v, "X"), at(v, "Y")];
      const a = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
      return a ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.397887;
    },
    margin: 0.1,
  },
  {
    name: "a rate, a count, a choice and a fraction",
    constants: [
      "RATE = 0.9; // (0.0001..1 log)",
      "COUNT = 15; // (1..16)",
      "KIND = 0; // (0|1|2|3)",
      "PART = 0.95; // (0..1)",
    ],
    f: (v) =>
      Math.log10(at(v, "RATE") / 0.01) ** 2 +
      ((at(v, "COUNT") - 5) / 5) ** 2 +
      ([1, 0.6, 0, 0.8][at(v, "KIND")] ?? NaN) +
      (at(v, "PART") - 0.3) ** 2,
    margin: 0.5,
  },
];

const sourceOf = ({ constants }: Problem): string => {
  const names = constants.map((line) => line.split(" ")[0]);
  return `${constants.map((line) => `const ${line}`).join("\n")}\nuse(${names.join()});\n`;
};

/** The lowest value after EVALUATIONS proposals. */
async function reached(problem: Problem, researcher: Researcher, seed: number): Promise<number> {
  const source = sourceOf(problem);
  const first = problem.f(valuesOf(source));
  const entry = (number: number, parent: number | null, text: string, valBpb: number, best: number | null) =>
    ({
      number,
      parent,
      source: text,
      valBpb,
      incumbentBpb: best,
      commit: String(number),
      status: best === null || valBpb < best ? "keep" : "discard",
      hypothesis: "",
      category: parent === null ? "baseline" : "numeric",
      researcher: researcher.name,
      reason: "",
      lesson: "",
    }) satisfies HistoryEntry;
  const history: HistoryEntry[] = [entry(0, null, source, first, null)];
  let incumbent = history[0] as HistoryEntry;
  while (history.length <= EVALUATIONS) {
    const brief: Brief = {
      number: history.length,
      program: "",
      source: incumbent.source,
      incumbent,
      history,
      seed,
      pending: [],
      rejected: [],
      manual: "",
    };
    const { source: text } = await researcher.propose(brief, new AbortController().signal);
    const value = problem.f(valuesOf(text));
    const next = entry(history.length, incumbent.number, text, value, incumbent.valBpb);
    history.push(next);
    if (next.status === "keep") incumbent = next;
  }
  return incumbent.valBpb ?? NaN;
}

/** The lowest of as many uniform draws. */
function drawn(problem: Problem, seed: number): number {
  const space = searchSpace(sourceOf(problem));
  const random = seeded(seed, problem.name);
  const draws = Array.from({ length: EVALUATIONS }, () =>
    problem.f(Object.fromEntries(space.map(({ name, range }) => [name, fromUnit(range, random.uniform())]))),
  );
  return Math.min(...draws);
}

describe(`the optimiser, medians of ${SEEDS.length} seeds after ${EVALUATIONS} evaluations`, () => {
  it.each(PROBLEMS.map((problem) => [problem.name, problem] as const))(
    "%s",
    async (_name, problem) => {
      const run = (make: () => Researcher) =>
        Promise.all(SEEDS.map((seed) => reached(problem, make(), seed)));
      const ours = median(await run(builtinResearcher));
      const random = median(await run(randomResearcher));
      const uniform = median(SEEDS.map((seed) => drawn(problem, seed)));
      expect(ours).toBeLessThanOrEqual(problem.margin * random);
      expect(ours).toBeLessThanOrEqual(problem.margin * uniform);
    },
    120_000,
  );
});
