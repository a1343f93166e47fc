// Draws the studies of bench/study/study.ts: the frontier of every study and the median of each researcher, as SVG, and
// the figures as Markdown on stdout. Studies of different length are compared over the experiments that all of them
// have. Studies in a browser are not drawn, and have a separate row.
//
//   npx tsx bench/study/study-chart.ts bench/data/studies.jsonl docs/studies.svg
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { median } from "../shared/median.ts";
import { readStudies, type StudyResult as Study } from "./study-results.ts";

const [W, H] = [720, 380];
const PLOT = { left: 56, right: W - 16, top: 34, bottom: H - 44 };
const LOOKS: Readonly<Record<string, string>> = {
  builtin: 'stroke="#1f6feb"',
  random: 'stroke="#b35900" stroke-dasharray="6 4"',
};

const { positionals } = parseArgs({ allowPositionals: true });
const [input = "bench/data/studies.jsonl", output = "docs/studies.svg"] = positionals;
const all = readStudies(input).sort((a, b) => a.seed - b.seed || a.researcher.localeCompare(b.researcher));
const studies = all.filter(({ lab }) => lab === "node");
const names = [...new Set(studies.map(({ researcher }) => researcher))];
const of = (name: string) => studies.filter(({ researcher }) => researcher === name);
const shared = Math.min(...studies.map(({ experiments }) => experiments));
const longest = Math.max(...studies.map(({ experiments }) => experiments));

/** Best score after so many experiments, the baseline counted; NaN where there is none. */
const bestAfter = ({ frontier }: Study, count: number) => frontier[count - 1] ?? NaN;

function svg(): string {
  const scores = studies.flatMap(({ frontier }) => frontier.filter((score) => score !== null));
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  const [low, high] = [Math.floor(2 * least) / 2, Math.ceil(2 * most) / 2];
  const x = (count: number) =>
    PLOT.left + ((count - 1) / Math.max(1, longest - 1)) * (PLOT.right - PLOT.left);
  const y = (score: number) => PLOT.bottom - ((score - low) / (high - low)) * (PLOT.bottom - PLOT.top);
  /** A staircase: a score holds until a better one. */
  const path = (points: readonly number[]) =>
    points
      .flatMap((score, i) => {
        if (!Number.isFinite(score)) return [];
        const [at, to] = [x(i + 1).toFixed(1), y(score).toFixed(1)];
        return [i === 0 ? `M${at} ${to}` : `H${at}V${to}`];
      })
      .join("");
  const line = (d: string, look: string, width: number, opacity: number) =>
    `<path d="${d}" fill="none" ${look} stroke-width="${width}" opacity="${opacity}"/>`;
  const text = (at: number, height: number, words: string, anchor = "middle") =>
    `<text x="${at.toFixed(1)}" y="${height.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  const levels = Array.from({ length: Math.round(2 * (high - low)) + 1 }, (_, i) => low + i / 2);
  const counts = [1, ...Array.from({ length: Math.floor(longest / 10) }, (_, i) => 10 * (i + 1))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${W} ${H}" font-family="sans-serif" font-size="12" fill="#444">`,
    `<rect width="${W}" height="${H}" fill="#fff"/>`,
    ...levels.map(
      (score) =>
        `<path d="M${PLOT.left} ${y(score).toFixed(1)}H${PLOT.right}" stroke="#ddd"/>` +
        text(PLOT.left - 8, y(score) + 4, score.toFixed(1), "end"),
    ),
    ...counts.map((count) => text(x(count), PLOT.bottom + 18, String(count))),
    text((PLOT.left + PLOT.right) / 2, H - 8, "experiments, the baseline counted"),
    text(PLOT.left - 40, 18, "best score, bits per byte: each study (thin) and the median (thick)", "start"),
    ...names.flatMap((name, i) => {
      const look = LOOKS[name] ?? 'stroke="#666"';
      const mine = of(name);
      const length = Math.min(...mine.map(({ experiments }) => experiments));
      const middle = Array.from({ length }, (_, k) => median(mine.map((study) => bestAfter(study, k + 1))));
      const at = PLOT.right - 190 + 100 * i;
      return [
        ...mine.map(({ frontier }) => line(path(frontier.map((score) => score ?? NaN)), look, 1, 0.45)),
        line(path(middle), look, 3, 1),
        line(`M${at} 30h28`, look, 3, 1),
        text(at + 34, 34, name, "start"),
      ];
    }),
    "</svg>\n",
  ].join("\n");
}

function markdown(): string {
  const marks = [1, 10, 20, 40, 60].filter((count) => count <= longest);
  const cell = (score: number) => (Number.isFinite(score) ? score.toFixed(4) : "");
  const row = (cells: readonly unknown[]) => `| ${cells.map(String).join(" | ")} |`;
  const head = ["study", "runs", "kept", "crashes", "repeats", "s a run", ...marks.map((n) => `after ${n}`)];
  const ranks = of("builtin").flatMap((mine) => {
    const other = of("random").find(({ seed }) => seed === mine.seed);
    return other === undefined ? [] : [bestAfter(mine, shared) - bestAfter(other, shared)];
  });
  const wins = ranks.filter((difference) => difference < 0).length;
  return [
    row(head),
    row(head.map(() => "---")),
    ...all.map((study) => {
      const { researcher, seed, lab, experiments, kept, crashes, repeats, minutes } = study;
      const scores = marks.map((count) => cell(bestAfter(study, count)));
      const seconds = ((60 * minutes) / experiments).toFixed(0);
      return row([
        `${researcher} ${seed}${lab === "browser" ? ", in Chromium" : ""}`,
        experiments,
        kept,
        crashes,
        repeats,
        seconds,
        ...scores,
      ]);
    }),
    ...names.map((name) => {
      const scores = marks.map((count) =>
        of(name).every(({ experiments }) => experiments >= count)
          ? cell(median(of(name).map((study) => bestAfter(study, count))))
          : "",
      );
      return row([`**median ${name}**`, "", "", "", "", "", ...scores]);
    }),
    "",
    `After ${shared}: built-in below random in ${wins} of ${ranks.length} pairs, median difference ${median(ranks).toFixed(4)} bpb.`,
    "",
  ].join("\n");
}

writeFileSync(output, svg());
process.stdout.write(markdown());
