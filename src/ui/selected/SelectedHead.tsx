// The head of the selected experiment: its hypothesis, its score and its actions.

import { useState } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { compareWith, select } from "../actions/selection.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { Status } from "../chart/Mark.tsx";
import { bpb, chance, delta, shortId } from "../state/format.ts";
import { gainOf } from "../state/listing.ts";
import { Term } from "../frame/Term.tsx";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import type { Shown } from "./shown.ts";

export function SelectedHead({ experiment: e, compared }: Shown) {
  const pinned = usePage((page) => page.pins.includes(e.number));
  const follows = usePage((page) => page.selected === null);
  return (
    <header className="selected-head">
      <div className="selected-which">
        <h2 id="selected-title" tabIndex={-1}>
          {follows && "Best so far: "}
          <span className="mono">#{e.number}</span>
          {compared !== null && (
            <>
              {" "}
              against <span className="mono">#{compared.number}</span>
            </>
          )}
        </h2>
        {compared === null && <Score experiment={e} />}
      </div>
      {compared === null ? (
        <p className="words words-small">{e.hypothesis}</p>
      ) : (
        [e, compared].map((one) => (
          <div key={one.number} className="selected-which">
            <p className="words words-small">
              <span className="mono">#{one.number}</span> {one.hypothesis}
            </p>
            <Score experiment={one} />
          </div>
        ))
      )}
      <div className="button-row selected-actions">
        <span data-testid="fork">
          <ActionButton action="fork" hideWhenUnavailable short="Fork" />
        </span>
        <span data-testid="verify-button">
          <ActionButton action="verify" hideWhenUnavailable short="Verify" />
        </span>
        <CompareControl experiment={e} compared={compared} />
        <ActionButton action="pin" kind="link" short={pinned ? "Unpin" : "Pin"} />
        <Parent experiment={e} />
        <CopyCommit commit={e.commit} />
      </div>
      <ActionFailure actions={["fork", "verify"]} />
    </header>
  );
}

function Score({ experiment: e }: { readonly experiment: ExperimentView }) {
  const gained = gainOf(e);
  return (
    <p className="selected-score">
      <Status status={e.status} />
      {e.valBpb !== null && <strong className="mono">{bpb(e.valBpb)}</strong>}
      {gained !== null && <span className="mono">{delta(gained)}</span>}
      {e.evidence !== null && (
        <span className="quiet">
          ± {bpb(e.evidence.standardError)}, <Term word="P(better)" /> {chance(e.evidence.better)}
        </span>
      )}
      <span className="quiet">by {e.researcher}</span>
    </p>
  );
}

/** Compares with the best experiment, or with any other by its number. */
function CompareControl({ experiment, compared }: Shown) {
  const context = useActions();
  const last = useLab((lab) => lab.experiments.at(-1)?.number ?? 0, 0);
  const known = useLab((lab) => lab.experiments, []);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  if (last === 0) return null;
  return (
    <form
      className="compare"
      onSubmit={(event) => {
        event.preventDefault();
        const number = Number(text.replace(/^\s*#/, ""));
        const found = text.trim() !== "" && known.some((e) => e.number === number);
        if (!found || number === experiment.number) {
          setProblem(
            found ? "that is the selected one" : `no experiment ${text.trim() || "without a number"}`,
          );
          return;
        }
        setProblem(null);
        setText("");
        compareWith(context, number);
      }}
    >
      <ActionButton action="compare" kind={compared === null ? "plain" : "primary"} hideWhenUnavailable />
      <input
        aria-label="Number of the experiment to compare with"
        data-testid="compare-number"
        placeholder="or No."
        inputMode="numeric"
        size={6}
        value={text}
        aria-invalid={problem !== null}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
      />
      {problem !== null && (
        <span className="failure" role="alert">
          {problem}
        </span>
      )}
    </form>
  );
}

/** A link to the parent experiment. */
function Parent({ experiment }: { readonly experiment: ExperimentView }) {
  const context = useActions();
  const parent = useLab(
    (lab) => lab.experiments.find((e) => e.commit === experiment.parentCommit)?.number,
    undefined,
  );
  return parent === undefined ? null : (
    <button
      type="button"
      className="button button-link"
      onClick={() => {
        select(context, parent);
      }}
    >
      Parent #{parent}
    </button>
  );
}

function CopyCommit({ commit }: { readonly commit: string }) {
  const { browser } = useActions();
  const [result, setResult] = useState("");
  const copy = async () => {
    try {
      await browser.copy(commit);
      setResult("copied");
    } catch {
      setResult(`the browser did not allow it: ${commit}`); // the commit can still be selected by hand
    }
  };
  return (
    <span>
      <button
        type="button"
        className="button button-link mono"
        title={`Copy commit ${commit}`}
        onClick={() => void copy()}
      >
        <span className="hidden">Copy commit </span>
        {shortId(commit)}
      </button>{" "}
      <span role="status">{result}</span>
    </span>
  );
}
