// Actions to select, filter, sort, compare and pin experiments.

import type { Action } from "./action.ts";
import { firstSort, type SortKey } from "../state/listing.ts";
import type { PageState, Tab } from "../state/store.ts";
import { arenaOnPage, hasExperiments } from "./conditions.ts";
import { bestNumber, compareWith, select, shownNumber, step, togglePin } from "./selection.ts";

const filter = (query: string, label: string): Action => ({
  id: `show-${query === "" ? "all" : query}`,
  group: "Experiments",
  label: () => label,
  available: hasExperiments,
  run: ({ page }) => {
    page.setState({ query });
  },
});

const sort = (by: SortKey, label: string): Action => ({
  id: `sort-${by}`,
  group: "Experiments",
  label: () => label,
  available: hasExperiments,
  run: ({ page }) => {
    page.setState({ sort: firstSort(by) });
  },
});

type TabLabel = readonly [tab: Tab, label: string];
const TABS: readonly TabLabel[] = [
  ["changes", "Changes"],
  ["curves", "Curves"],
  ["sample", "Sample"],
  ["verdict", "Verdict"],
  ["prompt", "Prompt"],
];
/** Of an arena in which no model is trained: there is no loss, and the results of single instances are the sample. */
const UNTRAINED_TABS: readonly TabLabel[] = [
  ["changes", "Changes"],
  ["sample", "Instances"],
  ["verdict", "Verdict"],
  ["prompt", "Prompt"],
];

/** The tabs of an experiment in the arena on the page. */
export const tabsOf = (page: PageState): readonly TabLabel[] =>
  arenaOnPage(page).trains ? TABS : UNTRAINED_TABS;

/** The open tab; the first one where the arena has no such tab. */
export const shownTab = (page: PageState): Tab =>
  tabsOf(page).some(([name]) => name === page.tab) ? page.tab : "changes";

const turn = (by: number, id: string, keys: string, label: string): Action => ({
  id,
  group: "Experiments",
  label: () => label,
  keys,
  available: hasExperiments,
  run: ({ page }) => {
    page.setState((old) => {
      const tabs = tabsOf(old);
      const at = tabs.findIndex(([name]) => name === old.tab) + by;
      return { tab: tabs[(at + tabs.length) % tabs.length]?.[0] ?? old.tab };
    });
  },
});

/** The default experiment to compare the shown one with: the best, or the parent if the best is shown. */
function rival(page: PageState): number | null {
  const shown = shownNumber(page);
  const one = page.lab?.experiments.find(({ number }) => number === shown);
  const best = bestNumber(page);
  if (best !== shown) return best;
  const parent = page.lab?.experiments.find(({ commit }) => commit === one?.parentCommit);
  return parent?.number ?? null;
}

export const notebookActions: readonly Action[] = [
  {
    id: "next",
    group: "Experiments",
    label: () => "Next experiment in the list",
    keys: "j",
    repeats: true,
    available: hasExperiments,
    run: (context) => {
      step(context, 1);
    },
  },
  {
    id: "previous",
    group: "Experiments",
    label: () => "Previous experiment in the list",
    keys: "k",
    repeats: true,
    available: hasExperiments,
    run: (context) => {
      step(context, -1);
    },
  },
  {
    id: "open-best",
    group: "Experiments",
    label: () => "Select the best experiment",
    keys: "b",
    also: "incumbent record top",
    available: (page) => bestNumber(page) !== null,
    run: (context) => {
      select(context, bestNumber(context.page.getState()));
    },
  },
  {
    id: "open-latest",
    group: "Experiments",
    label: () => "Select the latest experiment",
    keys: "l",
    also: "last newest",
    available: hasExperiments,
    run: (context) => {
      select(context, context.page.getState().lab?.experiments.at(-1)?.number ?? null);
    },
  },
  {
    id: "compare",
    group: "Experiments",
    label: (page) => {
      if (page.compared !== null) return "End the comparison";
      const other = rival(page);
      return other === null ? "Compare with the best" : `Compare with #${other}`;
    },
    keys: "c",
    also: "diff against beside versus",
    available: (page) => page.compared !== null || rival(page) !== null,
    run: (context) => {
      const page = context.page.getState();
      compareWith(context, page.compared === null ? rival(page) : null);
    },
  },
  {
    id: "pin",
    group: "Experiments",
    label: (page) => {
      const shown = shownNumber(page);
      if (shown === null) return "Pin to the top of the list";
      return page.pins.includes(shown) ? `Unpin #${shown}` : `Pin #${shown} to the top of the list`;
    },
    keys: "p",
    also: "star favourite bookmark",
    available: hasExperiments,
    run: (context) => {
      const shown = shownNumber(context.page.getState());
      if (shown !== null) togglePin(context, shown);
    },
  },
  {
    id: "talk-to",
    group: "Experiments",
    label: (page) => `Talk to the model of #${shownNumber(page) ?? 0}`,
    available: (page) => {
      const shown = shownNumber(page);
      const experiment = page.lab?.experiments.find(({ number }) => number === shown);
      return experiment !== undefined && experiment.valBpb !== null;
    },
    run: ({ page, browser }) => {
      page.setState((old) => ({ panel: "talk", talkers: [shownNumber(old), old.compared] }));
      browser.jump("talk");
    },
  },
  {
    id: "find",
    group: "Experiments",
    label: () => "Filter the experiments",
    keys: "/",
    also: "search",
    available: hasExperiments,
    run: ({ browser }) => {
      browser.jump("filter");
    },
  },
  turn(1, "next-tab", "]", "Next tab: changes, curves, sample, verdict, prompt"),
  turn(-1, "previous-tab", "[", "Previous tab"),
  filter("", "Show all experiments"),
  filter("kept", "Show kept experiments only"),
  filter("discarded", "Show discarded experiments only"),
  filter("crashed", "Show crashes only"),
  filter("invalid", "Show invalid experiments only"),
  filter("pinned", "Show pinned experiments only"),
  filter("by:model", "Show experiments of language models only"),
  sort("number", "Sort by number, newest first"),
  sort("score", "Sort by score, best first"),
  sort("gain", "Sort by gain, largest first"),
  sort("speed", "Sort by speed, fastest first"),
  sort("researcher", "Sort by researcher"),
];
