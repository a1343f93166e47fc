// The workbench: the run of now, the chart over the selected experiment, the list. One selection drives all three; the
// rest is in panels.

import { Progress } from "./chart/Progress.tsx";
import { usePage } from "./actions/context.ts";
import { ConfirmAnew } from "./dialogs/ConfirmAnew.tsx";
import { Help } from "./dialogs/Help.tsx";
import { NewStudy } from "./dialogs/NewStudy.tsx";
import { Palette } from "./dialogs/Palette.tsx";
import { Banner } from "./frame/Banner.tsx";
import { Header } from "./frame/Header.tsx";
import { Notices } from "./frame/Notices.tsx";
import { usePageHabits } from "./page-habits.ts";
import { Now } from "./now/Now.tsx";
import { DropTarget } from "./panels/DropTarget.tsx";
import { FileInput } from "./panels/FileInput.tsx";
import { Panel } from "./Panel.tsx";
import { Selected } from "./selected/Selected.tsx";
import { Experiments } from "./table/Experiments.tsx";

export function App() {
  usePageHabits();
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
          <Selected />
        </section>
      </main>
      <Panel />
      <DropTarget />
      <FileInput />
      <Dialogs />
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
