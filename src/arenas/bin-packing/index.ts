// Online bin packing: items come one at a time. Scores are not random, and show differences within seconds.
import { arena, eachAlone } from "../contract/arena.ts";
import { splitSizes } from "../contract/manifest.ts";
import { cheats, garbage, worse } from "./known.ts";
import { edits } from "./edits.ts";
import { evaluatePacking } from "./evaluate.ts";
import { type BinPacking, binPackingInstances, ITEMS } from "./instances.ts";
import first from "./solution.ts?raw";
import program from "./program.md?raw";

export const binPacking = arena<BinPacking>({
  manifest: {
    id: "bin-packing",
    title: "Online bin packing, Weibull sizes",
    unit: "% over the bound",
    direction: "lower",
    candidate: { file: "solution.ts", language: "typescript", entries: ["solve"], bytes: 20_000 },
    splits: splitSizes(ITEMS),
    budget: { kind: "ticks", amount: 20_000_000, seconds: 120 },
    noise: "none",
    probes: ["repeat"],
    baselines: [
      { name: "first fit", score: 4.23, source: "FunSearch, Nature 625 (2023), table 1, 5,000 items" },
      { name: "best fit", score: 3.98, source: "FunSearch, Nature 625 (2023), table 1, 5,000 items" },
      { name: "FunSearch", score: 0.68, source: "FunSearch, Nature 625 (2023), table 1, 5,000 items" },
    ],
    guards: [],
    secondary: [{ name: "bins", unit: "bins", direction: "lower" }],
    needs: [],
    risk: "none",
  },
  first,
  program,
  edits,
  known: { worse, garbage, cheats },
  instances: binPackingInstances,
  taskOf: ({ capacity, items }) => ({ given: { capacity }, stream: items }),
  evaluate: eachAlone(evaluatePacking),
});
