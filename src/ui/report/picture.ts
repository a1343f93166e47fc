// The chart of a study as a file, and in the report.

import { arenaOfStudy } from "../../research/contract/arena-view.ts";
import type { LabState } from "../../research/index.ts";
import { chartData } from "../drawing/chart-data.ts";
import { chartSvg } from "../drawing/draw-chart.ts";
import { labelled } from "../drawing/labels.ts";
import type { Palette } from "../drawing/palette.ts";
import { WHOLE_CHART, type ChartView } from "../state/chart-view.ts";
import { bpb, plural } from "../state/format.ts";
import { REPORT_PALETTE, toHtml } from "./html.ts";
import { reportOf } from "./report.ts";

/** An SVG document of the chart in its present window. */
export function pictureOf(
  { experiments, corpus, study }: LabState,
  view: ChartView,
  palette: Palette,
  size: { readonly width: number; readonly height: number },
): string {
  const { unit, trains } = arenaOfStudy(study ?? {});
  const data = chartData(
    experiments,
    trains ? (corpus?.baselines ?? null) : null,
    view,
    study?.noise ?? null,
  );
  const title = `Score (${unit}) of ${plural(experiments.length, "experiment")}, best ${bpb(study?.bestBpb ?? null)}`;
  return chartSvg({ data, labelled: labelled(experiments, data), palette, ...size }, title);
}

/** The report as one HTML file; null when there is no result. */
export function htmlReport(lab: LabState): string | null {
  const report = reportOf(lab);
  if (report === null) return null;
  return toHtml(report, pictureOf(lab, WHOLE_CHART, REPORT_PALETTE, { width: 960, height: 420 }));
}
