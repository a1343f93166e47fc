// The workbench: the current run, the chart over the selected experiment, the list. One selection drives all three; the
// rest is in panels.

import { lazy, Suspense } from "react";
import { Progress } from "./chart/Progress.tsx";
import { useLab, usePage } from "./actions/context.ts";
import { Banner } from "./frame/Banner.tsx";
import { Header } from "./frame/Header.tsx";
import { Notices } from "./frame/Notices.tsx";
import { usePageHabits } from "./page-habits.ts";
import { Now } from "./now/Now.tsx";
import { DropTarget } from "./panels/DropTarget.tsx";
import { FileInput } from "./panels/FileInput.tsx";
import { Panel } from "./Panel.tsx";
import { Experiments } from "./table/Experiments.tsx";

// Loaded when they are needed, so that Start appears early.
const Selected = lazy(() => import("./selected/Selected.tsx"));
const ConfirmAnew = lazy(() => import("./dialogs/ConfirmAnew.tsx"));
const Help = lazy(() => import("./dialogs/Help.tsx"));
const NewStudy = lazy(() => import("./dialogs/NewStudy.tsx"));
const Palette = lazy(() => import("./dialogs/Palette.tsx"));

export function App() {
  usePageHabits();
  const empty = useLab((lab) => lab.experiments.length === 0, true);
  return (
    <>
      <a className="skip" href="#experiments">
        Skip to the experiments
      </a>
      <Header />
      <Notices />
      <main className="bench">
        <section id="now" className="bench-now" aria-labelledby="now-title">
          <h2 id="now-title" tabIndex={-1}>
            Now
          </h2>
          <Banner />
          <Now />
        </section>
        <section id="progress" className="bench-chart" aria-labelledby="progress-title">
          <h2 id="progress-title" className="hidden" tabIndex={-1}>
            Progress
          </h2>
          <Progress />
        </section>
        <section id="experiments" className="bench-list" aria-labelledby="experiments-title">
          <h2 id="experiments-title" tabIndex={-1}>
            Experiments
          </h2>
          <Experiments />
        </section>
        <section id="selected" className="bench-selected" aria-label="Selected experiment">
          {empty ? (
            <p className="empty">
              The selected experiment appears here: what it changed in train.ts, its loss, what the model
              writes, and how sure the verdict is.
            </p>
          ) : (
            <Suspense fallback={null}>
              <Selected />
            </Suspense>
          )}
        </section>
      </main>
      <Panel />
      <DropTarget />
      <FileInput />
      <Suspense fallback={null}>
        <Dialogs />
      </Suspense>
    </>
  );
}

function Dialogs() {
  const dialog = usePage((page) => page.dialog);
  if (dialog === "palette") return <Palette />;
  if (dialog === "help") return <Help />;
  if (dialog === "anew") return <ConfirmAnew />;
  return dialog === "new-study" ? <NewStudy /> : null;
}
