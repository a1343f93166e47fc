// program.md: the human's instructions to the researcher, saved in the study and read before every proposal.

import type { Diagnostic } from "../../research/index.ts";
import { ownsLab } from "../actions/conditions.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { draftState, isDirty } from "../state/drafts.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { editDraft } from "../state/store.ts";
import { ProgramHistory } from "./ProgramHistory.tsx";
import { LazyEditor } from "./LazyEditor.tsx";

const NO_DIAGNOSTICS: readonly Diagnostic[] = [];

export default function ProgramEditor() {
  const { page, storage } = useActions();
  const text = usePage((p) => p.drafts.program.text);
  const dirty = usePage((p) => isDirty(p, "program"));
  const moved = usePage((p) => p.lab !== null && draftState(p.drafts.program, p.lab.program) === "moved");
  const kept = usePage((p) => p.draftsKept);
  const owner = usePage(ownsLab);
  const done = useLab((lab) => lab.experiments.length, 0);
  const loaded = useLab((lab) => lab.phase !== "opening", false);
  return (
    <div className="editing">
      <div className="editor-frame" data-testid="program-editor" data-unsaved={dirty}>
        <LazyEditor
          text={text}
          language="markdown"
          label="program.md"
          readOnly={loaded && !owner}
          diagnostics={NO_DIAGNOSTICS}
          onChange={(value) => {
            editDraft(page, storage, "program", value);
          }}
        />
      </div>
      <div className="editor-side">
        <p>
          Instructions for the researcher: what to try, what to leave alone. Edit them at any time; they apply
          from the next proposal on.
        </p>
        <div className="button-row">
          <ActionButton action="save-program" testId="save-program" kind="primary" short="Save" />
          <ActionButton action="revert-program" kind="link" short="Discard changes" hideWhenUnavailable />
        </div>
        <p className="save-state" role="status">
          {dirty ? <span className="unsaved">Unsaved changes.</span> : text === "" ? "" : "Saved."}{" "}
          {dirty &&
            (kept
              ? "A draft is kept in this browser."
              : "This browser keeps no draft: save before you leave.")}
        </p>
        {moved && (
          <p className="help">The saved program.md has changed since this draft began. Saving replaces it.</p>
        )}
        <ActionFailure actions={["save-program"]} />
        {done > 0 && <ProgramHistory />}
      </div>
    </div>
  );
}
