// Compares researchers in pairs: the same text, seed and number of runs, on the float64 reference.
//
//   npx tsx bench/study/compare.ts --texts english,russian,some.txt --seeds 11,12,13 --researchers builtin,random --out bench/data/pairs.jsonl
//   npx tsx bench/study/compare.ts --summary builtin,random --out bench/data/pairs.jsonl
//
// A study that is in `--out` already is not run again. `--as` records the built-in researcher under another name, for a
// comparison with the one of another commit's checkout. All figures but the wall clock are the same on every machine.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundleForNode } from "../shared/node-bundle.ts";
import { median } from "../shared/median.ts";
import type * as reference from "./reference-study.ts";
import { pairedInterval } from "./paired-interval.ts";
import { charactersOf, textNamed } from "./texts.ts";
import { tinySeed } from "./tiny-seed.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    texts: { ...text, default: "english,russian" },
    seeds: { ...text, default: "11,12,13,14,15" },
    researchers: { ...text, default: "random,builtin" },
    runs: { ...text, default: "40" },
    "budget-tokens": { ...text, default: "4096" },
    context: { ...text, default: "16" },
    as: { ...text, default: "builtin" },
    summary: text,
    out: text,
  },
});

interface PairedStudy {
  readonly researcher: string;
  readonly text: string;
  readonly seed: number;
  readonly runs: number;
  readonly budgetTokens: number;
  readonly context: number;
  readonly crashes: number;
  readonly repeats: number;
  readonly minutes: number;
  readonly scores: readonly (number | null)[];
  readonly frontier: readonly (number | null)[];
}

const file = values.out;
const known: PairedStudy[] =
  file === undefined || !existsSync(file)
    ? []
    : readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as PairedStudy);
const shape = {
  runs: Number(values.runs),
  budgetTokens: Number(values["budget-tokens"]),
  context: Number(values.context),
};

async function runAll(): Promise<void> {
  const out = new URL(`../../node_modules/.cache/reference-study-${process.pid}.mjs`, import.meta.url);
  await bundleForNode(new URL("./reference-study.ts", import.meta.url).pathname, out.pathname);
  const { studyOnReference } = (await import(pathToFileURL(out.pathname).href)) as typeof reference;
  const train = tinySeed({ MLP_RATIO: 2 });
  for (const seed of values.seeds.split(",").map(Number)) {
    for (const path of values.texts.split(",")) {
      const corpus = charactersOf(textNamed(path));
      for (const researcher of values.researchers.split(",") as ("builtin" | "random")[]) {
        const name = researcher === "builtin" ? values.as : researcher;
        const place = { researcher: name, text: basename(path), seed };
        if (known.some((one) => sameAs(one, place))) continue;
        const began = Date.now();
        const { history, repeats } = await studyOnReference(
          { researcher, text: corpus, train, seed, seqLen: shape.context, ...shape },
          ({ number, status, valBpb, hypothesis, reason }) =>
            process.stderr.write(
              `${place.text} ${name} ${seed} #${number} ${status} ${valBpb?.toFixed(4) ?? reason} ${hypothesis.slice(0, 100)}\n`,
            ),
        );
        let best: number | null = null;
        const done: PairedStudy = {
          ...place,
          ...shape,
          crashes: history.filter(({ status }) => status === "crash").length,
          repeats,
          minutes: Number(((Date.now() - began) / 60_000).toFixed(2)),
          scores: history.map(({ valBpb }) => valBpb && Number(valBpb.toFixed(5))),
          frontier: history.map(({ status, valBpb }) => {
            if (status === "keep") best = valBpb && Number(valBpb.toFixed(5));
            return best;
          }),
        };
        known.push(done);
        if (file !== undefined) appendFileSync(file, `${JSON.stringify(done)}\n`);
      }
    }
  }
}

const sameAs = (one: PairedStudy, place: Pick<PairedStudy, "researcher" | "text" | "seed">): boolean =>
  Object.entries({ ...place, ...shape }).every(([name, value]) => one[name as keyof PairedStudy] === value);

/** The scores of two researchers on the same texts and seeds, and the mean of the differences with its interval. */
function compare(ours: string, theirs: string): void {
  const differences: number[] = [];
  for (const one of known.filter(({ researcher }) => researcher === ours)) {
    const other = known.find((study) =>
      sameAs(study, { researcher: theirs, text: one.text, seed: one.seed }),
    );
    const [a, b] = [one.frontier.at(-1), other?.frontier.at(-1)];
    if (typeof a !== "number" || typeof b !== "number") continue;
    differences.push(a - b);
    console.log(`| ${one.text} ${one.seed} | ${a.toFixed(4)} | ${b.toFixed(4)} | ${(a - b).toFixed(4)} |`);
  }
  const { mean, low, high } = pairedInterval(differences);
  const lower = differences.filter((d) => d < 0).length;
  console.log(
    `${ours} is lower than ${theirs} in ${lower} of ${differences.length} pairs; mean difference ${mean.toFixed(4)} ` +
      `(95 %: ${low.toFixed(4)} to ${high.toFixed(4)}), median ${median(differences).toFixed(4)}`,
  );
}

if (values.summary === undefined) await runAll();
else {
  const [ours = "builtin", ...others] = values.summary.split(",");
  for (const other of others) compare(ours, other);
}
