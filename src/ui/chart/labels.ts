// Short labels beside kept points: the largest gains first, and none where it would cover another or leave the plot.

import { toX, toY, type Plot } from "./marks.ts";

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

const LENGTH = 26;
const HEIGHT = 14;
/** About what a letter is wide at the chart's size of type, generously. */
const LETTER = 6.4;

/** The first words of a hypothesis, cut at a word. */
export function shortWords(text: string): string {
  const clause = text.split(/[:;.,(](?=\s|$)/, 1)[0]?.trim() ?? "";
  if (clause.length <= LENGTH) return clause;
  const cut = clause.slice(0, LENGTH - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 12)).trimEnd()}…`;
}

/** At most `most` labels, each above and to the right of its point, or below where there is more room. */
export function placeLabels(plot: Plot, points: readonly Labelled[], most: number): readonly Label[] {
  const placed: { readonly label: Label; readonly width: number }[] = [];
  for (const p of [...points].sort((a, b) => b.gain - a.gain)) {
    if (placed.length === most) break;
    const text = shortWords(p.text);
    const width = text.length * LETTER;
    if (text === "") continue;
    const x = Math.min(toX(plot, p.number) + 7, plot.x + plot.width - width);
    const place = [-7, 17].map((dy) => toY(plot, p.score) + dy).find((y) => fits(plot, placed, x, y, width));
    if (place !== undefined) placed.push({ label: { number: p.number, text, x, y: place }, width });
  }
  return placed.map(({ label }) => label);
}

function fits(
  plot: Plot,
  placed: readonly { readonly label: Label; readonly width: number }[],
  x: number,
  y: number,
  width: number,
): boolean {
  if (x < plot.x || y - HEIGHT < plot.y || y > plot.y + plot.height - HEIGHT) return false;
  return placed.every(
    ({ label, width: other }) =>
      x + width + 6 < label.x || label.x + other + 6 < x || Math.abs(label.y - y) >= HEIGHT,
  );
}
