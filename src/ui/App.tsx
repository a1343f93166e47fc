// The notebook from top to bottom.

import { ProgramEditor } from "./editors/ProgramEditor.tsx";
import { TrainEditor } from "./editors/TrainEditor.tsx";
import { Progress } from "./chart/Progress.tsx";
import { useLab, usePage } from "./actions/context.ts";
import { ConfirmAnew } from "./dialogs/ConfirmAnew.tsx";
import { Help } from "./dialogs/Help.tsx";
import { NewStudy } from "./dialogs/NewStudy.tsx";
import { Palette } from "./dialogs/Palette.tsx";
import { ActionButton } from "./frame/ActionButton.tsx";
import { Banner } from "./frame/Banner.tsx";
import { Header } from "./frame/Header.tsx";
import { Notices } from "./frame/Notices.tsx";
import { Section } from "./frame/Section.tsx";
import { usePageHabits } from "./page-habits.ts";
import { Now } from "./now/Now.tsx";
import { Copies } from "./panels/Copies.tsx";
import { Corpus } from "./panels/Corpus.tsx";
import { Device } from "./panels/Device.tsx";
import { DropTarget } from "./panels/DropTarget.tsx";
import { Sample } from "./panels/Sample.tsx";
import { Verdicts } from "./panels/Verdicts.tsx";
import { Researcher } from "./researcher/Researcher.tsx";
import { Experiments } from "./table/Experiments.tsx";

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
      <main>
        <Banner />
        <Section id="progress" title="Progress" aside="val_bpb of every experiment; lower is better">
          <div className={empty ? "hero hero-empty" : "hero"}>
            <Progress />
            <section id="now" className="now-frame" aria-labelledby="now-title">
              <h2 id="now-title" tabIndex={-1}>
                Now
              </h2>
              <Now />
            </section>
          </div>
        </Section>
        <Section id="experiments" title="Experiments" aside="every attempt is a commit">
          <Experiments />
        </Section>
        <Section id="verdicts" title="Verdicts" aside="what is noise and what is not">
          <Verdicts />
        </Section>
        <Section id="researcher" title="Researcher" aside="who proposes, at what price">
          <Researcher />
        </Section>
        <Section id="sample" title="Sample" aside="what the model writes">
          <Sample />
        </Section>
        <Section id="program" title="program.md" aside="belongs to you">
          <ProgramEditor />
        </Section>
        <Section id="train" title="train.ts" aside="belongs to the researcher">
          <TrainEditor />
        </Section>
        <Section id="copies" title="Copies" aside="where else it is kept">
          <Copies />
        </Section>
        <Section id="text" title="Text" aside="what it learns to read">
          <Corpus />
        </Section>
        <Section id="machine" title="Machine" aside="where it trains">
          <Device />
        </Section>
      </main>
      <footer className="foot">
        <p>Nothing leaves this browser unless you export it or keep a copy in a folder.</p>
        <ActionButton action="theme" kind="link" />
      </footer>
      <DropTarget />
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
