// The form before a study and before resuming one: the next actions, and the few settings of the reader.

import { chosenArena } from "../actions/conditions.ts";
import { useArena, useLab, usePage } from "../actions/context.ts";
import { bpb, clock, plural } from "../state/format.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { Untrained } from "./Untrained.tsx";
import { ArenaField } from "./ArenaField.tsx";
import { SettingsFields, SizeFields, VerdictFields } from "./SettingsFields.tsx";

export function Begin() {
  const waiting = useLab((lab) => lab.corpusProgress?.what ?? null, null);
  const { trains, file, unit, title } = useArena();
  return (
    <>
      {trains ? (
        <p className="words">Press Start. A small GPT learns on this machine’s own GPU, all night.</p>
      ) : (
        <p className="words">
          Press Start. The first results of <em>{title}</em> are here in seconds, without a GPU and without a
          key.
        </p>
      )}
      <p>
        A researcher rewrites <code>{file}</code>, every rewrite gets the same {trains ? "time" : "budget"},
        and it is kept only if the {trains ? `${unit} on unseen text` : `score (${unit})`} really{" "}
        {trains ? "fall" : "falls"}. Each attempt is a commit in a git repository in this browser.
      </p>
      <ActionButton action="explore-recording" kind="link" short="Or explore a recorded night" />
      {waiting !== null && <p className="quiet">First: {waiting}.</p>}
      {trains && (
        <p>
          It reads <CorpusName />. <ActionButton action="go-text" kind="link" short="Choose another text" />
        </p>
      )}
      <ArenaField id="set-arena" />
      <NewSettings prefix="set" />
      {trains && <Untrained />}
    </>
  );
}

/** The settings that are fixed for a study; an arena without training has a budget of its own. */
function NewSettings({ prefix }: { readonly prefix: string }) {
  const trains = usePage((page) => chosenArena(page).trains);
  return trains ? (
    <>
      <SettingsFields fields={["budgetSeconds", "experiments", "vocabSize", "seed"]} prefix={prefix} />
      <SizeFields prefix={prefix} />
      <VerdictFields prefix={prefix} />
    </>
  ) : (
    <SettingsFields fields={["experiments", "seed"]} prefix={prefix} />
  );
}

export function Continue() {
  const study = useLab((lab) => lab.study, null);
  const done = useLab((lab) => lab.experiments.length, 0);
  const next = useLab((lab) => lab.next, null);
  const { trains, unit } = useArena();
  if (study === null) return null;
  const { budgetSeconds, vocabSize, seed } = study.settings;
  const each = trains
    ? `${clock(budgetSeconds)} of training each, ${vocabSize.toLocaleString("en")} tokens in the vocabulary`
    : `${plural(study.windows, "score")} each`;
  return (
    <>
      <p className="words">
        Study <span className="mono">{study.tag}</span> is paused
        {done > 0 && study.bestBpb !== null ? ` at ${bpb(study.bestBpb)} ${unit}` : ""}.
      </p>
      <p>
        {plural(done, "experiment")} so far on <em>{study.corpusName}</em>, {each}, seed {seed}.{" "}
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
  const { trains, title, file } = usePage(chosenArena);
  return (
    <>
      <p>
        It begins at {trains ? "the seed’s" : "the arena’s first"} <code>{file}</code> with{" "}
        {trains ? <CorpusName /> : <em>{title}</em>}. Your current study is kept and can be opened again.
      </p>
      <ArenaField id="new-arena" />
      <NewSettings prefix="new" />
    </>
  );
}
