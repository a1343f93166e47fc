// Selecting, comparing and pinning experiments. One selection drives the list, the chart, the details and the address.

import type { ExperimentView } from "../../research/index.ts";
import type { ActionContext } from "./action.ts";
import { lineOf } from "../state/format.ts";
import { rememberLast } from "../state/listing.ts";
import { keepPins } from "../state/pins.ts";
import type { PageState } from "../state/store.ts";

const NONE: readonly ExperimentView[] = [];
const listed = rememberLast();

/** The experiments in the order of the list. */
export function listOf({ lab, query, sort, pins }: PageState): readonly ExperimentView[] {
  return listed({ experiments: lab?.experiments ?? NONE, query, sort, pins });
}

/** Selects an experiment, or follows the best one again (null). A comparison with another experiment stays. */
export function select({ page }: Pick<ActionContext, "page">, number: number | null): void {
  page.setState(({ compared }) => ({
    selected: number,
    compared: number === null || compared === number ? null : compared,
  }));
}

/** Puts an experiment beside the selected one; the same one again, or null, ends the comparison. */
export function compareWith({ page }: Pick<ActionContext, "page">, number: number | null): void {
  page.setState((old) => {
    const shown = shownNumber(old);
    if (number === null || number === shown || number === old.compared) return { compared: null };
    return { selected: shown, compared: number };
  });
}

/** A click on an experiment selects it; with Shift, Ctrl or Command it compares. Returns false if it compared. */
export function choose(
  context: Pick<ActionContext, "page">,
  number: number,
  keys: Pick<MouseEvent, "shiftKey" | "ctrlKey" | "metaKey">,
): boolean {
  const compares = keys.shiftKey || keys.ctrlKey || keys.metaKey;
  if (compares) compareWith(context, number);
  else select(context, number);
  return !compares;
}

/** The number of the incumbent, the best so far; null before anything was kept. */
export function bestNumber({ lab }: PageState): number | null {
  const incumbent = lab?.study?.incumbent;
  return lab?.experiments.findLast(({ commit }) => commit === incumbent)?.number ?? null;
}

/** The experiment in the details: the selection, else the best, else the newest. */
export function shownNumber(page: PageState): number | null {
  return page.selected ?? bestNumber(page) ?? page.lab?.experiments.at(-1)?.number ?? null;
}

/** Moves the selection along the list. */
export function step({ page }: Pick<ActionContext, "page">, by: number): void {
  const state = page.getState();
  const list = listOf(state);
  const shown = shownNumber(state);
  const at = list.findIndex(({ number }) => number === shown);
  const to = list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))];
  if (to !== undefined) select({ page }, to.number);
}

export function togglePin({ page, storage }: ActionContext, number: number): void {
  const { pins, lab } = page.getState();
  const next = pins.includes(number) ? pins.filter((one) => one !== number) : [...pins, number];
  const study = lab?.study?.tag;
  if (study !== undefined) keepPins(storage, study, next);
  page.setState({ pins: next });
}

/** Fetches the parts of an experiment that are too large for a snapshot, once. */
export async function loadDetail({ page, client }: ActionContext, number: number): Promise<void> {
  const known = page.getState().details[number]?.state;
  if (known === "ready" || known === "loading") return;
  const study = page.getState().lab?.study?.tag;
  const put = (detail: PageState["details"][number]) => {
    // Another study has other experiments of the same number.
    if (page.getState().lab?.study?.tag !== study) return;
    page.setState((old) => ({ details: { ...old.details, [number]: detail } }));
  };
  put({ state: "loading" });
  try {
    put({ state: "ready", detail: await client.loadExperiment(number) });
  } catch (error) {
    put({ state: "failed", reason: lineOf(error) });
  }
}
