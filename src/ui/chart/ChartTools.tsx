// The buttons of the chart: zoom in, zoom out, show everything; its axes.

import { findAction } from "../actions/first.ts";
import { useAction, usePage } from "../actions/context.ts";
import { ActionButton } from "../frame/ActionButton.tsx";

export function ChartTools() {
  return (
    <span className="chart-tools">
      <ActionButton action="chart-in" kind="link" short="+" testId="chart-in" hideWhenUnavailable />
      <ActionButton action="chart-out" kind="link" short="−" hideWhenUnavailable />
      <ActionButton action="chart-fit" kind="link" short="Fit" testId="chart-fit" hideWhenUnavailable />
      <LogNumbers />
      <ActionButton action="zoom" kind="link" hideWhenUnavailable />
    </span>
  );
}

function LogNumbers() {
  const bound = useAction(findAction("log-numbers"));
  const on = usePage(({ chart }) => chart.logNumbers);
  if (!bound.available) return null;
  return (
    <button
      type="button"
      className="button button-link"
      aria-label="Logarithmic axis of experiments, log"
      aria-pressed={on}
      title={`${bound.label} (G)`}
      onClick={bound.run}
    >
      Log
    </button>
  );
}
