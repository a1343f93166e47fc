// Draws the chart as SVG text, for pictures, the share card and the report: the same ranges, marks and labels as on the
// page.

import { shareOf } from "../state/chart-view.ts";
import { numberTicks, ticksOf, type ChartData, type FrontierPoint } from "./chart-data.ts";
import { labelShifts, placeLabels, type Labelled } from "./labels.ts";
import { layersOf } from "./marks.ts";
import type { Palette } from "./palette.ts";
import { toX, toY, type Plot } from "./plot.ts";
import { staircase } from "./staircase.ts";

export interface Picture {
  readonly data: ChartData;
  readonly labelled: readonly Labelled[];
  /** In pixels, axes included. */
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

const SANS = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}

/** A whole SVG document; `title` is its accessible name. */
export function chartSvg(picture: Picture, title: string): string {
  const { width, height, palette } = picture;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">` +
    `<title>${escapeXml(title)}</title>` +
    `<rect width="${width}" height="${height}" fill="${palette.paper}"/>${drawChart(picture)}</svg>`
  );
}

/** The chart from (0, 0), to be placed in another picture. */
export function drawChart({ data, labelled, width, height, palette }: Picture): string {
  const right = data.inRange.length > 0 ? 100 : 16;
  const plot: Plot = {
    x: 54,
    y: 12,
    width: width - 54 - right,
    height: height - 12 - 34,
    numbers: data.numbers,
    scores: data.scores,
  };
  return (
    `<g font-family="${SANS}" font-size="13">` +
    grid(plot, palette) +
    baselines(plot, data, palette) +
    frontier(plot, data.frontier, palette) +
    layersOf(plot, data.points, null)
      .map(({ className, path }) => `<path d="${path}" ${paint(className, palette)}/>`)
      .join("") +
    placeLabels(plot, labelled, data, Math.floor(plot.width / 110))
      .map(({ x, y, text }) => write(x, y, text, palette.ink2))
      .join("") +
    `</g>`
  );
}

function write(x: number, y: number, text: string, fill: string, anchor = "start"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${fill}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
}

function grid(plot: Plot, palette: Palette): string {
  const { numbers, scores } = plot;
  const span = scores.high - scores.low;
  const digits = span < 0.1 ? 3 : span < 2 ? 2 : 1;
  const lines = ticksOf(scores.low, scores.high, 5).map((score) => {
    const y = toY(plot, score);
    return (
      `<path d="M${plot.x} ${y.toFixed(1)}h${plot.width}" stroke="${palette.rule}"/>` +
      write(plot.x - 8, y + 4, score.toFixed(digits), palette.ink3, "end")
    );
  });
  const below = plot.y + plot.height + 20;
  const numbered = numberTicks(numbers, Math.floor(plot.width / 80)).map((number) =>
    write(toX(plot, number), below, String(number), palette.ink3, "middle"),
  );
  return lines.join("") + numbered.join("") + write(plot.x - 8, below, "No.", palette.ink3, "end");
}

function baselines(plot: Plot, { inRange, scores }: ChartData, palette: Palette): string {
  const places = inRange.map((line) => 1 - shareOf(scores, line.value));
  const shifts = labelShifts(places, 15 / plot.height);
  return inRange
    .map(({ label, value }, i) => {
      const y = toY(plot, value);
      const name = write(
        plot.x + plot.width + 6,
        y + 4 + (shifts[i] ?? 0) * plot.height,
        `${label} ${value.toFixed(2)}`,
        palette.ink2,
      );
      return `<path d="M${plot.x} ${y.toFixed(1)}h${plot.width}" stroke="${palette.rule2}" stroke-dasharray="2 4"/>${name}`;
    })
    .join("");
}

function frontier(plot: Plot, steps: readonly FrontierPoint[], palette: Palette): string {
  const line = staircase(plot, steps, (step) => step.frontier);
  if (line === "") return "";
  const band = steps.every((step) => step.band !== null)
    ? `<path d="M${staircase(plot, steps, (step) => step.band?.[1] ?? step.frontier)}L${staircase(
        plot,
        [...steps].reverse(),
        (step) => step.band?.[0] ?? step.frontier,
        true,
      )}Z" fill="${palette.accent}" fill-opacity="0.12"/>`
    : "";
  return `${band}<path d="M${line}" fill="none" stroke="${palette.accent}" stroke-width="2"/>`;
}

const CLOUD = [0.14, 0.26, 0.4, 0.56, 0.74];

/** The paint of a layer of marks.ts, as in progress.css. */
function paint(className: string, { accent, paper, ghost, crash, invalid }: Palette): string {
  const level = /density-(\d)/.exec(className)?.[1];
  if (level !== undefined) return `fill="${ghost}" fill-opacity="${CLOUD[Number(level) - 1] ?? 1}"`;
  const faint = className.includes("mark-tick") ? ' opacity="0.45"' : "";
  if (className.startsWith("mark-keep")) return `fill="${accent}" stroke="${paper}" stroke-width="1.25"`;
  if (className.startsWith("mark-crash")) return `fill="none" stroke="${crash}" stroke-width="1.5"${faint}`;
  if (className.startsWith("mark-invalid"))
    return `fill="none" stroke="${invalid}" stroke-width="1.5"${faint}`;
  return `fill="${ghost}"`;
}
