// The travelling salesman in the plane: cities drawn uniformly from the unit square.
import { arena, eachAlone } from "../contract/arena.ts";
import { type SplitName, splitSizes } from "../contract/manifest.ts";
import { uniform } from "../../random.ts";
import { edits } from "./edits.ts";
import { evaluateTour, type Salesman } from "./evaluate.ts";
import { cheats, garbage, worse } from "./known.ts";
import program from "./program.md?raw";
import first from "./solution.ts?raw";

/** Number of cities of each instance: the test uses other sizes than validation. */
const CITIES: Readonly<Record<SplitName, readonly number[]>> = {
  practice: [20],
  validation: Array.from({ length: 12 }, () => 100),
  test: [60, 80, 120, 150].flatMap((count) => Array.from({ length: 3 }, () => count)),
};

function salesmanInstances(split: SplitName, seed: number): readonly Salesman[] {
  return CITIES[split].map((count, i) => {
    const random = uniform("travelling-salesman", seed, split, i);
    return { cities: Array.from({ length: count }, () => [random(), random()] as const) };
  });
}

export const travellingSalesman = arena<Salesman>({
  manifest: {
    id: "travelling-salesman",
    title: "Travelling salesman, uniform cities in the unit square",
    unit: "length / √n",
    direction: "lower",
    candidate: { file: "solution.ts", language: "typescript", entries: ["solve"], bytes: 20_000 },
    splits: splitSizes(CITIES),
    budget: { kind: "ticks", amount: 2_000_000, seconds: 120 },
    noise: "seeds",
    probes: ["repeat"],
    baselines: [
      {
        name: "shortest tour of very many cities",
        score: 0.7124,
        source: "Johnson, McGeoch and Rothberg, SODA 1996",
      },
    ],
    guards: [],
    secondary: [{ name: "length", unit: "side of the square", direction: "lower" }],
    needs: [],
    risk: "none",
  },
  first,
  program,
  edits,
  known: { worse, garbage, cheats },
  instances: salesmanInstances,
  taskOf: ({ cities }) => ({ given: { cities } }),
  evaluate: eachAlone(evaluateTour),
});
