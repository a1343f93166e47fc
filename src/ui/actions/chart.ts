// Actions of the chart: zoom, pan, and change of axes.

import type { Action } from "./action.ts";
import { numbersAxis, pan, shareOf, WHOLE_CHART, zoom, type ChartView } from "../state/chart-view.ts";
import type { PageState } from "../state/store.ts";
import { hasExperiments } from "./conditions.ts";
import { shownNumber } from "./selection.ts";

export function lastNumber({ lab, beside }: Pick<PageState, "lab" | "beside">): number {
  return Math.max(lab?.experiments.at(-1)?.number ?? 0, beside?.experiments.at(-1)?.number ?? 0);
}

/** The selected experiment's position on the axis; the middle when it is not shown. */
function focus(page: PageState): number {
  const share = shareOf(numbersAxis(lastNumber(page), page.chart), shownNumber(page) ?? 0);
  return share >= 0 && share <= 1 ? share : 0.5;
}

interface Turn {
  readonly id: string;
  readonly keys?: string;
  readonly label: (view: ChartView) => string;
  readonly to: (page: PageState) => ChartView;
  readonly repeats?: boolean;
}

const turn = ({ label, to, ...rest }: Turn): Action => ({
  ...rest,
  group: "Chart",
  label: ({ chart }) => label(chart),
  // An action that would change nothing is not available.
  available: (page) => hasExperiments(page) && to(page) !== page.chart,
  run: ({ page }) => {
    page.setState((old) => ({ chart: to(old) }));
  },
});

export const chartActions: readonly Action[] = [
  turn({
    id: "zoom",
    keys: "z",
    label: ({ range }) => (range === "close" ? "Whole scale" : "Best scores close up"),
    to: ({ chart }) => ({ ...chart, range: chart.range === "close" ? "whole" : "close", window: null }),
  }),
  turn({
    id: "chart-in",
    keys: "+",
    repeats: true,
    label: () => "Zoom in on the selected experiment",
    to: (page) => zoom(page.chart, lastNumber(page), focus(page), 1 / 1.6),
  }),
  turn({
    id: "chart-out",
    keys: "-",
    repeats: true,
    label: () => "Zoom out",
    to: (page) =>
      page.chart.window === null ? page.chart : zoom(page.chart, lastNumber(page), focus(page), 1.6),
  }),
  turn({
    id: "chart-fit",
    keys: "f",
    label: () => "Fit: show all experiments",
    to: ({ chart }) => (chart.window === null ? chart : { ...chart, window: WHOLE_CHART.window }),
  }),
  turn({
    id: "chart-earlier",
    label: () => "Move the chart to earlier experiments",
    repeats: true,
    to: (page) => pan(page.chart, lastNumber(page), -0.25),
  }),
  turn({
    id: "chart-later",
    label: () => "Move the chart to later experiments",
    repeats: true,
    to: (page) => pan(page.chart, lastNumber(page), 0.25),
  }),
  turn({
    id: "log-numbers",
    keys: "g",
    label: ({ logNumbers }) =>
      logNumbers ? "Linear axis of experiments" : "Logarithmic axis of experiments",
    to: ({ chart }) => ({ ...chart, logNumbers: !chart.logNumbers }),
  }),
  turn({
    id: "log-scores",
    label: ({ logScores }) => (logScores ? "Linear axis of scores" : "Logarithmic axis of scores"),
    to: ({ chart }) => ({ ...chart, logScores: !chart.logScores }),
  }),
];
