// The form before a study and before resuming one: the next actions, and the few settings of the reader.

import { useLab } from "../actions/context.ts";
import { bpb, clock, plural } from "../state/format.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { Untrained } from "./Untrained.tsx";
import { SettingsFields, SizeFields, VerdictFields } from "./SettingsFields.tsx";

export function Begin() {
  const waiting = useLab((lab) => lab.corpusProgress?.what ?? null, null);
  return (
    <>
      <p className="words">Press Start. A small GPT learns on this machine’s own GPU, all night.</p>
      <p>
        A researcher rewrites <code>train.ts</code>, every rewrite gets the same time, and it is kept only if
        the bits per byte on unseen text really fall. Each attempt is a commit in a git repository in this
        browser.
      </p>
      <ActionButton action="explore-recording" kind="link" short="Or explore a recorded night" />
      {waiting !== null && <p className="quiet">First: {waiting}.</p>}
      <p>
        It reads <CorpusName />. <ActionButton action="go-text" kind="link" short="Choose another text" />
      </p>
      <SettingsFields fields={["budgetSeconds", "experiments", "vocabSize", "seed"]} />
      <SizeFields />
      <VerdictFields />
      <Untrained />
    </>
  );
}

export function Continue() {
  const study = useLab((lab) => lab.study, null);
  const done = useLab((lab) => lab.experiments.length, 0);
  const next = useLab((lab) => lab.next, null);
  if (study === null) return null;
  const { budgetSeconds, vocabSize, seed } = study.settings;
  return (
    <>
      <p className="words">
        Study <span className="mono">{study.tag}</span> is paused
        {done > 0 && study.bestBpb !== null ? ` at ${bpb(study.bestBpb)} bits per byte` : ""}.
      </p>
      <p>
        {plural(done, "experiment")} so far on <em>{study.corpusName}</em>, {clock(budgetSeconds)} of training
        each, {vocabSize.toLocaleString("en")} tokens in the vocabulary, seed {seed}.{" "}
        {done > 0 ? "Continue" : "Start"} goes on where it stopped.
      </p>
      {next !== null && <p className="quiet">First: {next.hypothesis}</p>}
      <div className="button-row">
        <ActionButton action="start" kind="primary" testId="continue" />
        <ActionButton action="new-study" />
      </div>
      <SettingsFields fields={["experiments"]} />
    </>
  );
}

function CorpusName() {
  const name = useLab((lab) => lab.corpus?.name ?? null, null);
  return <em>{name ?? "the text that comes with the lab"}</em>;
}

/** The form of New study…: all settings that are fixed for a study. */
export function NewStudyForm() {
  return (
    <>
      <p>
        It begins at the seed’s <code>train.ts</code> with <CorpusName />. Your current study is kept and can
        be opened again.
      </p>
      <SettingsFields fields={["budgetSeconds", "experiments", "vocabSize", "seed"]} prefix="new" />
      <SizeFields prefix="new" />
      <VerdictFields prefix="new" />
    </>
  );
}
