// The workbench: the current run, the chart over the selected experiment, the list. One selection drives all three; the
// rest is in panels.

import { Suspense } from "react";
import { lazyPart, useArena, useLab, usePage } from "./actions/context.ts";
import { arenaOnPage } from "./actions/conditions.ts";
import { Header } from "./frame/Header.tsx";
import { Notices } from "./frame/Notices.tsx";
import { usePageHabits } from "./page-habits.ts";
import { Now } from "./now/Now.tsx";
import type { PageState } from "./state/store.ts";

// Loaded when needed, so that Start appears early.
const Panel = lazyPart(() => import("./Panel.tsx"));
const FileInput = lazyPart(() => import("./panels/FileInput.tsx"));
const Progress = lazyPart(() => import("./chart/Progress.tsx"));
const DropTarget = lazyPart(() => import("./panels/DropTarget.tsx"));
const Banner = lazyPart(() => import("./frame/Banner.tsx"));
const Experiments = lazyPart(() => import("./table/Experiments.tsx"));
const Selected = lazyPart(() => import("./selected/Selected.tsx"));
const ConfirmAnew = lazyPart(() => import("./dialogs/ConfirmAnew.tsx"));
const ConfirmStop = lazyPart(() => import("./dialogs/ConfirmStop.tsx"));
const Duplicate = lazyPart(() => import("./dialogs/Duplicate.tsx"));
const Help = lazyPart(() => import("./dialogs/Help.tsx"));
const NewStudy = lazyPart(() => import("./dialogs/NewStudy.tsx"));
const Palette = lazyPart(() => import("./dialogs/Palette.tsx"));

export function App() {
  usePageHabits();
  const empty = useLab((lab) => lab.experiments.length === 0, true);
  const trouble = usePage(isTroubled);
  const { file, trains } = useArena();
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
          {trouble && (
            <Suspense fallback={null}>
              <Banner />
            </Suspense>
          )}
          <Now />
        </section>
        <section id="progress" className="bench-chart" aria-labelledby="progress-title">
          <h2 id="progress-title" className="hidden" tabIndex={-1}>
            Progress
          </h2>
          <Suspense fallback={<EmptyChart />}>
            <Progress />
          </Suspense>
        </section>
        <section id="experiments" className="bench-list" aria-labelledby="experiments-title">
          <h2 id="experiments-title" tabIndex={-1}>
            Experiments
          </h2>
          {empty ? (
            <p className="empty">
              One row for every experiment: its number, verdict, score and change. The baseline is number 0.
            </p>
          ) : (
            <Suspense fallback={null}>
              <Experiments />
            </Suspense>
          )}
        </section>
        <section id="selected" className="bench-selected" aria-label="Selected experiment">
          {empty ? (
            <p className="empty">
              The selected experiment appears here: its change of {file},{" "}
              {trains ? "its loss, a sample of the model’s text," : "its results on single instances,"} and
              how sure the verdict is.
            </p>
          ) : (
            <Suspense fallback={null}>
              <Selected />
            </Suspense>
          )}
        </section>
      </main>
      <Suspense fallback={null}>
        <Panel />
      </Suspense>
      <Suspense fallback={null}>
        <FileInput />
        <DropTarget />
      </Suspense>
      <Suspense fallback={null}>
        <Dialogs />
      </Suspense>
    </>
  );
}

/** The chart as in index.html, until its code is here. */
function EmptyChart() {
  return (
    <figure className="progress">
      <div className="progress-head">
        <span className="headline headline-quiet">No experiment has been scored yet.</span>
      </div>
      <div className="plot">
        <svg className="early-plot" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path d="M8 10H98M8 36H98M8 62H98M8 88H98" vectorEffect="non-scaling-stroke" />
        </svg>
      </div>
    </figure>
  );
}

/** Whether the lab has a problem in this browser, which Banner describes. */
function isTroubled(page: PageState): boolean {
  const { webgpu, lab } = page;
  if (lab === null) return !webgpu;
  const { phase, storage } = lab;
  const broken = phase === "failed" || phase === "damaged" || phase === "readonly";
  const lacking = (!webgpu || lab.noDevice !== null) && (lab.study === null || arenaOnPage(page).trains);
  return lacking || broken || storage.state === "lost" || storage.state === "full";
}

function Dialogs() {
  const dialog = usePage((page) => page.dialog);
  if (dialog === "palette") return <Palette />;
  if (dialog === "help") return <Help />;
  if (dialog === "duplicate") return <Duplicate />;
  if (dialog === "stop") return <ConfirmStop />;
  if (dialog === "anew") return <ConfirmAnew />;
  return dialog === "new-study" ? <NewStudy /> : null;
}
