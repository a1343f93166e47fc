// Draws studies of arenas from the output of `npm run lab -- --arena NAME`: every experiment, and the best so far; the
// figures as Markdown on stdout.
//
//   npx tsx bench/arenas/chart.ts bench/data/arenas/bin-packing.jsonl docs/bin-packing.svg
import { readFileSync, writeFileSync } from "node:fs";

interface StudyLine {
  readonly type: "study";
  readonly title: string;
  readonly unit: string;
}
interface ExperimentLine {
  readonly type: "experiment";
  readonly number: number;
  readonly status: string;
  readonly score: number | null;
  readonly test: number | null;
  /** Absent in studies from before there were guards. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly ticks: number;
  readonly runs: number;
  readonly hypothesis: string;
}

interface EndLine {
  readonly type: "end";
  /** Numbers of experiments; absent without a second metric. */
  readonly frontier?: readonly number[];
  readonly undecided?: readonly number[];
}

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("expected a .jsonl and an .svg file");
const lines = readFileSync(input, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line) as StudyLine | ExperimentLine | EndLine | { readonly type: "other" });
const study = lines.find((line) => line.type === "study");
const experiments = lines.filter((line) => line.type === "experiment");
const scored = experiments.filter(({ score }) => score !== null);
const kept = experiments.filter(({ status }) => status === "keep");
const [first, last] = [kept.at(0), kept.at(-1)];
if (study === undefined || typeof first?.score !== "number" || typeof last?.score !== "number")
  throw new Error(`${input} has no study`);

const [W, H] = [720, 300];
const PLOT = { left: 64, right: W - 16, top: 34, bottom: H - 40 };
const values = scored.map(({ score }) => score ?? 0);
const low = Math.min(...values);
// Scores far worse than the start would flatten the rest.
const high = Math.min(Math.max(...values), first.score + (first.score - low));
const x = (number: number) =>
  PLOT.left + (number / Math.max(1, experiments.length - 1)) * (PLOT.right - PLOT.left);
const y = (score: number) =>
  PLOT.bottom - ((Math.min(score, high) - low) / (high - low || 1)) * (PLOT.bottom - PLOT.top);
const stairs = kept
  .map(({ number, score }, i) =>
    i === 0 ? `M${x(number)} ${y(score ?? 0)}` : `H${x(number).toFixed(1)}V${y(score ?? 0).toFixed(1)}`,
  )
  .join("");
const text = (at: number, height: number, words: string, anchor: string) =>
  `<text x="${at.toFixed(1)}" y="${height.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
const levels = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${W} ${H}" font-family="sans-serif" font-size="12" fill="#444">`,
  `<rect width="${W}" height="${H}" fill="#fff"/>`,
  text(PLOT.left, 18, `${study.title}: ${study.unit}`, "start"),
  ...levels.flatMap((level) => [
    `<path d="M${PLOT.left} ${y(level).toFixed(1)}H${PLOT.right}" stroke="#ddd"/>`,
    text(PLOT.left - 8, y(level) + 4, level.toPrecision(3), "end"),
  ]),
  text((PLOT.left + PLOT.right) / 2, H - 8, `experiment, 0 to ${experiments.length - 1}`, "middle"),
  ...scored.map(
    ({ number, score, status }) =>
      `<circle cx="${x(number).toFixed(1)}" cy="${y(score ?? 0).toFixed(1)}" r="3" fill="${status === "keep" ? "#1f6feb" : "#bbb"}"/>`,
  ),
  `<path d="${stairs}H${PLOT.right}" fill="none" stroke="#1f6feb" stroke-width="2"/>`,
  "</svg>",
].join("\n");
writeFileSync(output, svg + "\n");

const [before, after] = [first.test ?? NaN, last.test ?? NaN];
const survives = Math.round((100 * (before - after)) / (first.score - last.score));
console.log(
  `${experiments.length} experiments, ${kept.length} kept, ${survives} % of the gain survives on the hidden test\n`,
);
const end = lines.find((line) => line.type === "end");
const names = Object.keys(last.metrics ?? {});
const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);
const heads = [
  "experiment",
  "validation",
  "test",
  ...names,
  ...(names.length > 0 ? ["mark"] : []),
  "hypothesis",
];
row(heads);
row(heads.map(() => "---"));
for (const { number, score, test, metrics = {}, hypothesis } of kept) {
  const values = names.map((name) => metrics[name]?.toPrecision(5) ?? "");
  const is = (list: readonly number[] = []) => list.includes(number);
  const mark = is(end?.frontier) ? "frontier" : is(end?.undecided) ? "undecided" : "dominated";
  const marks = names.length > 0 ? [mark] : [];
  row([
    number,
    score?.toFixed(4) ?? "",
    test?.toFixed(4) ?? "",
    ...values,
    ...marks,
    hypothesis.split("\n")[0],
  ]);
}
