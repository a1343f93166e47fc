// Short labels beside kept points: the largest gains first, and none that would cover another label, a mark or the
// frontier, or leave the plot. Most room is below and left of a point: nothing lies under the frontier.

import type { ExperimentView } from "../../research/index.ts";
import { gainOf } from "../state/listing.ts";
import type { ChartData, ChartPoint, FrontierPoint } from "./chart-data.ts";
import { toX, toY, type Plot } from "./plot.ts";

export interface Labelled {
  readonly number: number;
  readonly score: number;
  readonly gain: number;
  readonly text: string;
}

interface Label {
  readonly number: number;
  readonly text: string;
  /** Left end of the text's base line, in pixels. */
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const LENGTH = 26;
const HEIGHT = 14;
/** Width of a letter at the chart's font size [px], estimated generously. */
const LETTER = 6.4;
/** Half the size of a mark [px]. */
const MARK = 5;

/** The first words of a hypothesis, cut at a word. */
export function shortWords(text: string, most = LENGTH): string {
  const clause = text.split(/[:;.,(](?=\s|$)/, 1)[0]?.trim() ?? "";
  if (clause.length <= most) return clause;
  const cut = clause.slice(0, most - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 12)).trimEnd()}…`;
}

/** The kept experiments of a chart with a gain. */
export function labelled(experiments: readonly ExperimentView[], { numbers, scores }: ChartData): Labelled[] {
  return experiments.flatMap((e) => {
    const gained = gainOf(e);
    if (e.status !== "keep" || e.valBpb === null || gained === null || gained <= 0) return [];
    if (e.valBpb < scores.low || e.valBpb > scores.high) return [];
    if (e.number < numbers.low || e.number > numbers.high) return [];
    return [{ number: e.number, score: e.valBpb, gain: gained, text: e.hypothesis }];
  });
}

/** The parts of the chart that labels must not cover. */
export interface Drawn {
  readonly points: readonly ChartPoint[];
  readonly frontier: readonly FrontierPoint[];
}

/** At most `most` labels. */
export function placeLabels(
  plot: Plot,
  points: readonly Labelled[],
  drawn: Drawn,
  most: number,
): readonly Label[] {
  const taken = [
    ...drawn.points.map((p) => around(toX(plot, p.number), toY(plot, p.y))),
    ...steps(plot, drawn),
  ];
  const edge = { left: plot.x, right: plot.x + plot.width, top: plot.y, bottom: plot.y + plot.height };
  const placed: Label[] = [];
  for (const p of [...points].sort((a, b) => b.gain - a.gain)) {
    if (placed.length === most) break;
    const text = shortWords(p.text);
    if (text === "") continue;
    const width = text.length * LETTER;
    const [x, y] = [toX(plot, p.number), toY(plot, p.score)];
    const left = Math.max(plot.x + 2, x - width - 7);
    const right = Math.min(x + 7, edge.right - width);
    const places = [
      [left, y + 17],
      [right, y - 8],
      [left, y + 31],
      [right, y + 20],
      [right, y - 22],
    ] as const;
    for (const [at, base] of places) {
      const box = { left: at - 3, right: at + width + 3, top: base - HEIGHT + 3, bottom: base + 3 };
      if (!within(box, edge) || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      placed.push({ number: p.number, text, x: at, y: base });
      break;
    }
  }
  return placed;
}

/** The frontier's horizontal and vertical parts. */
function steps(plot: Plot, { frontier }: Drawn): Box[] {
  return frontier.flatMap((step, i) => {
    const next = frontier[i + 1];
    if (next === undefined) return [];
    const [x, y] = [toX(plot, step.number), toY(plot, step.frontier)];
    const [right, down] = [toX(plot, next.number), toY(plot, next.frontier)];
    return [
      { left: x, right, top: y - 1, bottom: y + 1 },
      { left: right - 1, right: right + 1, top: Math.min(y, down), bottom: Math.max(y, down) },
    ];
  });
}

const around = (x: number, y: number): Box => ({
  left: x - MARK,
  right: x + MARK,
  top: y - MARK,
  bottom: y + MARK,
});

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function within(box: Box, edge: Box): boolean {
  return (
    box.left >= edge.left - 3 &&
    box.right <= edge.right + 3 &&
    box.top >= edge.top &&
    box.bottom <= edge.bottom
  );
}

/** How far each label must move down, as a share of the plot, so that labels stand at least `gap` apart. */
export function labelShifts(places: readonly number[], gap: number): number[] {
  const placed: number[] = [];
  // Places rise; each label is pushed below the one before.
  for (const place of places) placed.push(Math.max(place, (placed.at(-1) ?? -Infinity) + gap));
  return placed.map((place, i) => place - (places[i] ?? place));
}
