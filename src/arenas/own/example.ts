// The arena that the page offers as a start for an arena of one's own: guess the square root of a number.
import type { Manifest } from "../contract/manifest.ts";

export const EXAMPLE_MANIFEST: Manifest = {
  id: "roots",
  title: "Square roots",
  unit: "distance",
  direction: "lower",
  candidate: { file: "solution.ts", language: "typescript", entries: ["solve"], bytes: 2000 },
  splits: { practice: 1, validation: 4, test: 4 },
  budget: { kind: "ticks", amount: 100_000, seconds: 60 },
  noise: "none",
  probes: ["repeat"],
  baselines: [],
  guards: [],
  secondary: [{ name: "relative", unit: "share", direction: "lower" }],
  needs: [],
  risk: "none",
};

const INSTANCES = `// The candidate gets \`given\`, and never \`hidden\`. Test instances differ from those of validation in their size.
export function instances({ split, count }: { split: string; count: number }, random: () => number) {
  return Array.from({ length: count }, () => {
    const root = 1 + Math.floor((split === "test" ? 900 : 100) * random());
    return { given: root * root, hidden: root };
  });
}
`;
const EVALUATE = `export function evaluate({ hidden, output }: { hidden: number; output: unknown }) {
  if (typeof output !== "number") return { invalid: "the answer is no number" };
  const distance = Math.abs(output - hidden);
  return { score: distance, metrics: { relative: distance / hidden }, words: "of " + hidden };
}
`;

/** The texts of evaluate.ts, in two parts. */
export const EXAMPLE_PARTS = { instances: INSTANCES, evaluate: EVALUATE } as const;

/** Its files, by name. */
export const EXAMPLE: Readonly<Record<string, string>> = {
  "arena.json": `${JSON.stringify(EXAMPLE_MANIFEST, null, 2)}\n`,
  "evaluate.ts": `${INSTANCES}\n${EVALUATE}`,
  "solution.ts": `const START = 2; // the share of n that is answered (1..100 log)

export function solve(n: number) {
  return n / START;
}
`,
  "worse.ts": "export const solve = (n: number) => n;\n",
  "program.md":
    "# Square roots\n\nAnswer with the square root of the number. The score is the distance from it.\n",
};
