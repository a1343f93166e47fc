// train.ts: the incumbent's source, to read and to change. A change with a hypothesis is a proposal like any other.

import { useCallback, useEffect, useState } from "react";
import type { AssistQuestion, Diagnostic } from "../../research/index.ts";
import { ownsLab } from "../actions/conditions.ts";
import { checkSource, forkedFrom } from "../actions/editors.ts";
import { useActions, useArena, useLab, usePage } from "../actions/context.ts";
import { draftState, isDirty, keepText } from "../state/drafts.ts";
import { plural } from "../state/format.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { editDraft, type CheckState } from "../state/store.ts";
import { LazyEditor } from "./LazyEditor.tsx";

const NO_DIAGNOSTICS: readonly Diagnostic[] = [];

export default function TrainEditor() {
  const context = useActions();
  const { page, storage, client } = context;
  const ask = useCallback((question: AssistQuestion) => client.assist(question), [client]);
  const arena = useArena();
  const text = usePage((p) => p.drafts.train.text);
  const dirty = usePage((p) => isDirty(p, "train"));
  const moved = usePage(
    (p) => p.lab !== null && draftState(p.drafts.train, p.lab.incumbentSource) === "moved",
  );
  const fork = usePage(forkedFrom);
  const check = usePage((p) => p.check);
  const owner = usePage(ownsLab);
  const loaded = useLab((lab) => lab.phase !== "opening", false);
  const [goTo, setGoTo] = useState<Diagnostic | null>(null);
  const current = check.source === text ? check.diagnostics : NO_DIAGNOSTICS;

  useEffect(() => {
    if (!dirty || !owner) return;
    const timer = setTimeout(() => void checkSource(context, text), 900);
    return () => {
      clearTimeout(timer);
    };
  }, [context, dirty, owner, text]);

  return (
    <div className="editing">
      <div className="editor-frame editor-tall" data-testid="train-editor" data-unsaved={dirty}>
        <LazyEditor
          text={text}
          language="typescript"
          label={arena.file}
          readOnly={loaded && !owner}
          diagnostics={current}
          goTo={goTo}
          ask={ask}
          onChange={(value) => {
            editDraft(page, storage, "train", value);
          }}
        />
      </div>
      <div className="editor-side">
        {fork === null ? (
          <p>
            The best <code>{arena.file}</code> so far. Change it, say what you expect, and it is tried next
            under the same rules as every other proposal.
          </p>
        ) : (
          <p data-testid="forked">
            Forked from #{fork}: your proposal has that experiment as its parent, and must still beat the
            best.
          </p>
        )}
        <Checked
          check={check}
          text={text}
          dirty={dirty}
          onGo={(diagnostic) => {
            setGoTo({ ...diagnostic });
          }}
        />
        <Hypothesis />
        <div className="button-row">
          <ActionButton action="queue-proposal" testId="queue-proposal" kind="primary" />
          <ActionButton action="check-train" short={arena.trains ? "Type-check" : "Check"} />
          {arena.trains && <ActionButton action="format-train" short="Format" />}
          <ActionButton
            action="revert-train"
            kind="link"
            short={`Reset to best ${arena.file}`}
            hideWhenUnavailable
          />
        </div>
        {moved && (
          <div className="help">
            <p>
              A better {arena.file} has been found since this draft began. Queueing proposes your whole file,
              without that improvement; “Reset to best {arena.file}” takes the new one.
            </p>
            <ActionButton action="merge-train" testId="merge-train" />
          </div>
        )}
        <Queued />
        <ActionFailure actions={["queue-proposal", "check-train", "format-train", "merge-train"]} />
      </div>
    </div>
  );
}

function Hypothesis() {
  const { page, storage } = useActions();
  const hypothesis = usePage((p) => p.hypothesis);
  const { score } = useArena();
  const owner = usePage(ownsLab);
  return (
    <div className="field">
      <label htmlFor="hypothesis">Hypothesis</label>
      <textarea
        id="hypothesis"
        data-testid="hypothesis"
        rows={3}
        disabled={!owner}
        placeholder={`What you change, and why it should lower ${score === "score" ? "the score" : score}`}
        value={hypothesis}
        onChange={(event) => {
          const text = event.target.value;
          page.setState({ hypothesis: text });
          keepText(storage, "overnight:hypothesis", text === "" ? null : text);
        }}
      />
    </div>
  );
}

interface CheckedProps {
  readonly check: CheckState;
  readonly text: string;
  readonly dirty: boolean;
  /** Moves the editor to an error. */
  onGo(diagnostic: Diagnostic): void;
}

function Checked({ check, text, dirty, onGo }: CheckedProps) {
  return (
    <div role="status" className="check" data-testid="check" data-state={check.state}>
      {check.state === "checking" && <p className="quiet">Type-checking…</p>}
      {check.state === "failed" && <p className="failure">{check.reason}</p>}
      {check.state === "done" &&
        check.source === text &&
        (check.diagnostics.length === 0 ? (
          <p className="good">It type-checks.</p>
        ) : (
          <>
            <p className="failure">{plural(check.diagnostics.length, "error")}:</p>
            <ul className="diagnostics">
              {check.diagnostics.slice(0, 6).map((d) => (
                <li key={`${d.line}:${d.column}:${d.message}`}>
                  <button
                    type="button"
                    className="button button-link mono"
                    onClick={() => {
                      onGo(d);
                    }}
                  >
                    line {d.line}
                  </button>{" "}
                  {d.message}
                </li>
              ))}
            </ul>
          </>
        ))}
      {check.state === "none" && dirty && (
        <p className="unsaved">Changed, not proposed yet. A draft is kept.</p>
      )}
    </div>
  );
}

function Queued() {
  const queued = usePage((p) => p.queued);
  return queued === null ? null : (
    <p className="good" role="status" data-testid="queued">
      Queued: {queued}
    </p>
  );
}
