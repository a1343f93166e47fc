// The selected experiment below the chart, in tabs; without a selection the best one. With two selected, each tab shows
// both: the difference of their train.ts, their curves, their samples, the verdict between them.

import { type KeyboardEvent } from "react";
import { shownTab, tabsOf } from "../actions/notebook.ts";
import { shownNumber } from "../actions/selection.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import type { Tab } from "../state/store.ts";
import { Changes } from "./Changes.tsx";
import { Curves } from "./Curves.tsx";
import { Prompt } from "./Prompt.tsx";
import { Samples } from "./Samples.tsx";
import { SelectedHead } from "./SelectedHead.tsx";
import type { Shown } from "./shown.ts";
import { Verdict } from "./Verdict.tsx";

export default function Selected() {
  const shown = usePage(shownNumber);
  const wanted = usePage((page) => page.compared);
  const experiment = useLab((lab) => lab.experiments.find((e) => e.number === shown) ?? null, null);
  const compared = useLab((lab) => lab.experiments.find((e) => e.number === wanted) ?? null, null);
  if (experiment === null) {
    return <p className="empty">This study has no experiment #{shown}.</p>;
  }
  return (
    <>
      <SelectedHead experiment={experiment} compared={compared} />
      <Tabs />
      <TabPanel experiment={experiment} compared={compared} />
    </>
  );
}

function Tabs() {
  const { page } = useActions();
  const tab = usePage(shownTab);
  const tabs = usePage(tabsOf);
  const go = (to: Tab) => {
    page.setState({ tab: to });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = tabs.findIndex(([name]) => name === tab);
    const moves: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const to = moves[event.key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length)?.[0];
    if (next === undefined) return;
    go(next);
    event.currentTarget.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
    event.preventDefault();
  };
  return (
    <div className="tabs" role="tablist" aria-label="About the selected experiment" onKeyDown={onKeyDown}>
      {tabs.map(([name, label]) => (
        <button
          key={name}
          type="button"
          id={`tab-${name}`}
          role="tab"
          className="tab"
          data-testid={`tab-${name}`}
          aria-selected={tab === name}
          aria-controls="tab-panel"
          tabIndex={tab === name ? 0 : -1}
          onClick={() => {
            go(name);
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function TabPanel(props: Shown) {
  const tab = usePage(shownTab);
  const parts = { changes: Changes, curves: Curves, sample: Samples, verdict: Verdict, prompt: Prompt };
  const Part = parts[tab];
  return (
    <div id="tab-panel" className="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
      <Part {...props} />
    </div>
  );
}
