// Everything about one experiment: why, what came of it, the diff, the probes, the loss, the sample, the commit.

import { useMemo, useState } from "react";
import type { ExperimentView, Probe } from "../../research/index.ts";
import { openExperiment } from "../actions/notebook.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { bpb, bytes, chance, compact, count, delta, plural, shortId, timeOfDay } from "../state/format.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { Transcript } from "../researcher/Transcript.tsx";
import { CurvePlot } from "./CurvePlot.tsx";
import { DiffView } from "../editors/DiffView.tsx";
import { diffLines } from "../editors/diff-lines.ts";

export function ExperimentDetail({ experiment: e }: { readonly experiment: ExperimentView }) {
  const context = useActions();
  const loaded = usePage((page) => page.details[e.number]);
  return (
    <div className="detail">
      <div className="detail-top">
        <div className="detail-words">
          {e.reason !== "" && (
            <p>
              <strong>Verdict.</strong> {e.reason}
            </p>
          )}
          {e.lesson !== "" && (
            <p>
              <strong>Lesson.</strong> {e.lesson}
            </p>
          )}
          <Certainty experiment={e} />
          <Facts experiment={e} />
          <Probes probes={e.probes} />
          <Verify experiment={e} />
          <Fork />
        </div>
        {loaded?.state === "ready" && loaded.detail.curve.length > 1 && (
          <CurvePlot curve={loaded.detail.curve} number={e.number} />
        )}
      </div>
      <Transcript number={e.number} researcher={e.researcher} />
      {(loaded === undefined || loaded.state === "loading") && (
        <p className="quiet" role="status">
          Reading the commit…
        </p>
      )}
      {loaded?.state === "failed" && (
        <p className="failure" role="alert">
          {loaded.reason}{" "}
          <button
            type="button"
            className="button button-link"
            onClick={() => void openExperiment(context, e.number)}
          >
            Read it again
          </button>
        </p>
      )}
      {loaded?.state === "ready" && (
        <>
          <SourceDiff number={e.number} before={loaded.detail.parentSource} after={loaded.detail.source} />
          {e.sample !== "" && (
            <div className="detail-part">
              <h3>What the model writes</h3>
              <pre className="sample-text">{e.sample}</pre>
            </div>
          )}
          {loaded.detail.step !== null && (
            <details className="detail-part" data-testid="step">
              <summary>Where a step goes</summary>
              <pre className="commit-message">{loaded.detail.step}</pre>
            </details>
          )}
          <details className="detail-part">
            <summary>Commit message</summary>
            <pre className="commit-message">{loaded.detail.message}</pre>
          </details>
        </>
      )}
    </div>
  );
}

/** How sure the verdict is, and what the control text and the hidden test say. */
function Certainty({ experiment: e }: { readonly experiment: ExperimentView }) {
  const { evidence, control, hidden } = e;
  if (e.runs === 0) return null;
  return (
    <p className="facts" data-testid="certainty">
      {evidence !== null && (
        <>
          Gain {delta(evidence.gain)} ± {bpb(evidence.standardError)} · P(better) {chance(evidence.better)}{" "}
          ·{" "}
        </>
      )}
      {plural(e.runs, "run")}
      {e.incumbentRuns > 0 && ` and ${plural(e.incumbentRuns, "fresh run")} of the incumbent`}
      {control !== null && (
        <>
          <br />
          On the control text the gain is {delta(control.controlGain)} ± {bpb(control.controlError)}, where
          the same two runs gain {delta(control.validationGain)} ± {bpb(control.validationError)} on the
          validation text{control.contradicted && ": not kept"}
        </>
      )}
      {hidden !== null && (
        <>
          <br />
          On the hidden test text {bpb(hidden.testBpb)}, where the same weights had {bpb(hidden.valBpb)} on
          the validation text
        </>
      )}
    </p>
  );
}

/** Run it again, and what came of it. */
function Verify({ experiment: e }: { readonly experiment: ExperimentView }) {
  const found = useLab((lab) => lab.replays.findLast((one) => one.commit === e.commit) ?? null, null);
  if (e.runs === 0) return null;
  return (
    <div data-testid="verify">
      <ActionButton action="verify" kind="link" hideWhenUnavailable />
      <ActionFailure actions={["verify"]} />
      {found !== null && (
        <p className={found.holds ? "facts replay-held" : "facts replay-failed"} role="status">
          <strong>{found.holds ? "The claim holds." : "The claim does not hold."}</strong> {found.reason}
        </p>
      )}
      {found !== null && found.contradictions.length > 1 && (
        <ul className="facts">
          {found.contradictions.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Its train.ts in the editor, to go on from there. */
function Fork() {
  return (
    <div data-testid="fork">
      <ActionButton action="fork" kind="link" hideWhenUnavailable />
      <ActionFailure actions={["fork"]} />
    </div>
  );
}

function Facts({ experiment: e }: { readonly experiment: ExperimentView }) {
  return (
    <p className="facts">
      {compact(e.parameters)} parameters · {count(e.steps)} steps · {compact(e.tokens)} tokens
      {e.peakBytes > 0 && ` · peak ${bytes(e.peakBytes)}`}
      {e.overheadSeconds > 0 && ` · ${count(e.overheadSeconds)} s outside training`}
      {` · finished ${timeOfDay(e.finishedAt)}`}
      <br />
      <CopyCommit commit={e.commit} />
    </p>
  );
}

function CopyCommit({ commit }: { readonly commit: string }) {
  const { browser } = useActions();
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await browser.copy(commit);
      setSaid("copied");
    } catch {
      setSaid(`the browser did not allow it: ${commit}`); // then it can be selected by hand
    }
  };
  return (
    <span>
      commit{" "}
      <button
        type="button"
        className="button button-link mono"
        aria-label={`Copy commit id ${commit}`}
        onClick={() => void copy()}
      >
        {shortId(commit)}
      </button>{" "}
      <span role="status">{said}</span>
    </span>
  );
}

function Probes({ probes }: { readonly probes: readonly Probe[] }) {
  if (probes.length === 0) return null;
  return (
    <ul className="probes" aria-label="Probes">
      {probes.map((probe) => (
        <li key={probe.name} className={probe.passed ? "probe" : "probe probe-failed"}>
          <span aria-hidden="true">{probe.passed ? "✓" : "✗"}</span> {probe.name}{" "}
          {probe.passed ? "passed" : "failed"}
          {probe.detail !== "" && `: ${probe.detail}`}
        </li>
      ))}
    </ul>
  );
}

function SourceDiff(props: { readonly number: number; readonly before: string; readonly after: string }) {
  const { number, before, after } = props;
  const diff = useMemo(() => diffLines(before, after), [before, after]);
  const [whole, setWhole] = useState(false);
  return (
    <div className="detail-part" data-testid="diff">
      <h3>
        {number === 0 && before === "" ? "train.ts, the baseline" : "train.ts against its parent"}{" "}
        <span className="diff-count">
          +{diff.added} −{diff.removed}
        </span>
        {before !== "" && (
          <button
            type="button"
            className="button button-link"
            aria-pressed={whole}
            onClick={() => {
              setWhole(!whole);
            }}
          >
            {whole ? "Changes only" : "Whole file"}
          </button>
        )}
      </h3>
      <DiffView before={before} after={after} whole={whole} />
    </div>
  );
}
