// Moving about in the notebook of experiments.

import type { Action, ActionContext } from "./action.ts";
import { lineOf } from "../state/format.ts";
import type { PageState, StatusFilter } from "../state/store.ts";
import { hasExperiments } from "./conditions.ts";

/** Opens an experiment in the table, or closes it, and fetches what is too large for a snapshot. */
export async function openExperiment(context: ActionContext, number: number | null): Promise<void> {
  const { page, client } = context;
  page.setState({ selected: number });
  if (number === null || page.getState().details[number]?.state === "ready") return;
  const put = (detail: PageState["details"][number]) => {
    page.setState((old) => ({ details: { ...old.details, [number]: detail } }));
  };
  put({ state: "loading" });
  try {
    put({ state: "ready", detail: await client.loadExperiment(number) });
  } catch (error) {
    put({ state: "failed", reason: lineOf(error) });
  }
}

/** The number of the experiment with the lowest score that was kept. */
function bestNumber(page: PageState): number | null {
  let best: { number: number; valBpb: number } | null = null;
  for (const e of page.lab?.experiments ?? []) {
    if (e.status !== "keep" || e.valBpb === null) continue;
    if (best === null || e.valBpb < best.valBpb) best = { number: e.number, valBpb: e.valBpb };
  }
  return best?.number ?? null;
}

const filter = (status: StatusFilter, label: string): Action => ({
  id: `show-${status}`,
  group: "Notebook",
  label: () => label,
  available: hasExperiments,
  run: ({ page }) => {
    page.setState({ filter: status });
  },
});

export const notebookActions: readonly Action[] = [
  {
    id: "open-best",
    group: "Notebook",
    label: () => "Open the best experiment",
    keys: "b",
    available: (page) => bestNumber(page) !== null,
    run: async (context) => {
      context.page.setState({ filter: "all" });
      await openExperiment(context, bestNumber(context.page.getState()));
      context.browser.jump(`experiment-${context.page.getState().selected}`);
    },
  },
  {
    id: "open-latest",
    group: "Notebook",
    label: () => "Open the latest experiment",
    keys: "l",
    available: hasExperiments,
    run: async (context) => {
      const latest = context.page.getState().lab?.experiments.at(-1)?.number ?? null;
      context.page.setState({ filter: "all" });
      await openExperiment(context, latest);
      context.browser.jump(`experiment-${latest}`);
    },
  },
  {
    id: "go-rows",
    group: "Notebook",
    label: () => "Into the table: j and k move, Enter opens, Escape closes",
    keys: "j",
    available: hasExperiments,
    run: ({ page, browser }) => {
      const { lab, selected } = page.getState();
      browser.jump(`experiment-${selected ?? lab?.experiments.at(-1)?.number}`);
    },
  },
  filter("all", "Show all experiments"),
  filter("keep", "Show kept experiments only"),
  filter("discard", "Show discarded experiments only"),
  filter("crash", "Show crashes only"),
  filter("invalid", "Show invalid experiments only"),
];
