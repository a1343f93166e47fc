// Circles in the unit square, scored by the sum of their radii. A candidate draws random numbers, so its runs differ.
import { arena, eachAlone } from "../contract/arena.ts";
import { type SplitName, splitSizes } from "../contract/manifest.ts";
import { edits } from "./edits.ts";
import { type CirclePacking, evaluateCircles } from "./evaluate.ts";
import { cheats, garbage, worse } from "./known.ts";
import program from "./program.md?raw";
import first from "./solution.ts?raw";

/** n of each instance; a repeated n tests the candidate with other random draws. */
const CIRCLES: Readonly<Record<SplitName, readonly number[]>> = {
  practice: [7],
  validation: [26, 32, 26, 32, 26, 32, 26, 32],
  test: [21, 24, 28, 30, 34, 37, 23, 29],
};

export const circlePacking = arena<CirclePacking>({
  manifest: {
    id: "circle-packing",
    title: "Circles in the unit square, by the sum of their radii",
    unit: "% below √(n/π)",
    direction: "lower",
    candidate: { file: "solution.ts", language: "typescript", entries: ["solve"], bytes: 20_000 },
    splits: splitSizes(CIRCLES),
    budget: { kind: "ticks", amount: 8_000_000, seconds: 120 },
    noise: "seeds",
    probes: ["repeat"],
    baselines: [
      { name: "OpenEvolve, n = 26: 2.634292", score: 8.432, source: "OpenEvolve, examples/circle_packing" },
      { name: "AlphaEvolve, n = 26: 2.635863", score: 8.377, source: "AlphaEvolve white paper (2025), B.12" },
      { name: "AlphaEvolve, n = 32: 2.937", score: 7.977, source: "AlphaEvolve white paper (2025), B.12" },
    ],
    guards: [],
    secondary: [{ name: "sum of radii", unit: "side of the square", direction: "higher" }],
    needs: [],
    risk: "none",
  },
  first,
  program,
  edits,
  known: { worse, garbage, cheats },
  instances: (split) => CIRCLES[split].map((n) => ({ n })),
  taskOf: ({ n }) => ({ given: { n } }),
  evaluate: eachAlone(evaluateCircles),
});
