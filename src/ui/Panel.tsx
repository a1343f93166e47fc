// The panel over the right side of the page: one at a time, closed by Escape. Its content is loaded when it is first
// opened.

import { Suspense, type ComponentType } from "react";
import { PANELS } from "./actions/page.ts";
import { lazyPart, useActions, useArena, usePage } from "./actions/context.ts";
import { findAction, perform } from "./actions/first.ts";
import type { PanelName } from "./state/store.ts";

const CONTENTS: Readonly<Record<PanelName, ComponentType>> = {
  program: lazyPart(() => import("./editors/ProgramEditor.tsx")),
  train: lazyPart(() => import("./editors/TrainEditor.tsx")),
  researcher: lazyPart(() => import("./researcher/Researcher.tsx")),
  text: lazyPart(() => import("./panels/Corpus.tsx")),
  talk: lazyPart(() => import("./talk/Talk.tsx")),
  machine: lazyPart(() => import("./panels/Device.tsx")),
  report: lazyPart(() => import("./panels/Report.tsx")),
  settings: lazyPart(() => import("./panels/PageSettings.tsx")),
};

const ASIDE: Readonly<Record<PanelName, string>> = {
  program: "What the researcher reads before every proposal; yours to write",
  train: "The best so far; change it and queue it as a proposal",
  researcher: "The researcher, its price and its spending limit",
  text: "The text for training and scoring",
  talk: "Texts written by scored models, and their weights to export",
  machine: "The device that trains",
  report: "Results of the study, and its files to export",
  settings: "Studies and their copies, appearance, shortcuts",
};

export default function Panel() {
  const context = useActions();
  const name = usePage((page) => page.panel);
  const { file } = useArena();
  if (name === null) return null;
  const Contents = CONTENTS[name];
  const title = name === "train" ? file : (PANELS.find(([one]) => one === name)?.[1] ?? name);
  return (
    <aside
      id="panel"
      className={`panel panel-${name}`}
      aria-labelledby={`${name}-title`}
      data-testid={`panel-${name}`}
    >
      <div className="panel-head">
        <div>
          <h2 id={`${name}-title`} tabIndex={-1}>
            {title}
          </h2>
          <p className="aside">{ASIDE[name]}</p>
        </div>
        <button
          type="button"
          className="button button-plain"
          title="Close the panel (Escape)"
          onClick={() => void perform(findAction("back"), context)}
        >
          Close
        </button>
      </div>
      <div className="panel-body">
        <Suspense fallback={<p className="quiet">Opening…</p>}>
          <Contents />
        </Suspense>
      </div>
    </aside>
  );
}
