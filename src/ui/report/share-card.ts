// A study as a picture of 1200 by 630 pixels, the size of link previews: the frontier, the best score, the largest
// gains, and the machine.

import { arenaOfStudy } from "../../research/contract/arena-view.ts";
import type { ExperimentView, LabState } from "../../research/index.ts";
import { chartData } from "../drawing/chart-data.ts";
import { drawChart, escapeXml } from "../drawing/draw-chart.ts";
import { shortWords } from "../drawing/labels.ts";
import type { Palette } from "../drawing/palette.ts";
import { WHOLE_CHART } from "../state/chart-view.ts";
import { bpb, delta, plural } from "../state/format.ts";
import { gainOf } from "../state/listing.ts";
import { machineName } from "./machine.ts";

export const CARD = { width: 1200, height: 630 } as const;

const SERIF = "'Iowan Old Style', Palatino, 'Palatino Linotype', Georgia, serif";
const SANS = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

/** Null before the first score. */
export function shareCard(lab: LabState, palette: Palette): string | null {
  const { study, experiments, corpus, device } = lab;
  const best = study?.bestBpb ?? null;
  if (study === null || best === null) return null;
  const first = experiments.find((e) => e.valBpb !== null)?.valBpb ?? best;
  const { unit, trains } = arenaOfStudy(study);
  const baselines = trains ? (corpus?.baselines ?? null) : null;
  const data = chartData(experiments, baselines, WHOLE_CHART, study.noise);
  const kept = experiments.filter((e) => e.status === "keep").length;
  const foot = [device === null || !trains ? null : machineName(device), study.corpusName, study.tag].filter(
    (part) => part !== null,
  );
  const text = (x: number, y: number, size: number, fill: string, words: string, family = SANS, more = "") =>
    `<text x="${x}" y="${y}" font-family="${family}" font-size="${size}" fill="${fill}" ${more}>${escapeXml(words)}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${CARD.width} ${CARD.height}" width="${CARD.width}" height="${CARD.height}">` +
    `<rect width="${CARD.width}" height="${CARD.height}" fill="${palette.paper}"/>` +
    moon(60, 58, palette) +
    text(86, 68, 30, palette.ink, "Overnight", SERIF, 'font-weight="600"') +
    text(48, 156, 72, palette.accent, bpb(best), SERIF) +
    text(312, 156, 26, palette.ink2, unit) +
    text(
      48,
      198,
      22,
      palette.ink2,
      `${plural(experiments.length, "experiment")}, ${kept} kept · gain ${delta(first - best)}`,
    ) +
    `<g transform="translate(36 222)">${drawChart({ data, labelled: [], width: 720, height: 350, palette })}</g>` +
    text(800, 156, 22, palette.ink, "What made the difference", SERIF, 'font-weight="600"') +
    differences(experiments)
      .map(({ gain, hypothesis }, i) => {
        const y = 200 + i * 62;
        return (
          text(800, y, 22, palette.accent, delta(gain), SANS, 'font-weight="600"') +
          text(800, y + 26, 20, palette.ink2, shortWords(hypothesis, 34))
        );
      })
      .join("") +
    text(48, 606, 18, palette.ink3, foot.join(" · ")) +
    `</svg>`
  );
}

interface Difference {
  readonly gain: number;
  readonly hypothesis: string;
}

/** The kept experiments with the largest gains. */
export function differences(experiments: readonly ExperimentView[], most = 6): readonly Difference[] {
  return experiments
    .flatMap((e) => {
      const gain = gainOf(e);
      return e.status === "keep" && gain !== null && gain > 0 ? [{ gain, hypothesis: e.hypothesis }] : [];
    })
    .sort((a, b) => b.gain - a.gain)
    .slice(0, most);
}

function moon(x: number, y: number, palette: Palette): string {
  return (
    `<g transform="translate(${x} ${y}) scale(1.4)"><circle r="9" fill="${palette.rule2}"/>` +
    `<path d="M0-9A9 9 0 0 1 0 9A4 9 0 0 0 0-9Z" fill="${palette.accent}"/></g>`
  );
}
