// learnings.md, which the lab and the human write together.

import { useState } from "react";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

export function Learnings({ learnings }: { readonly learnings: string }) {
  // `base`: the text when the human began to edit, so that lines added meanwhile are not lost.
  const [draft, setDraft] = useState<{ base: string; text: string } | null>(null);
  const { busy, failure, ask } = useAsk();
  if (learnings === "") return null;
  const save = async () => {
    if (draft === null) return;
    const answer = await ask({ type: "learnings", ...draft });
    if (answer !== undefined) setDraft(null);
  };
  return (
    <details className="detail-part" data-testid="learnings">
      <summary>learnings.md</summary>
      <label htmlFor="learnings-text" className="quiet">
        The lab adds a line for each experiment and now and then a block of patterns; your words stay.
      </label>
      <textarea
        id="learnings-text"
        data-testid="learnings-text"
        rows={12}
        spellCheck={false}
        value={draft?.text ?? learnings}
        onChange={(event) => {
          const text = event.target.value;
          setDraft((old) => ({ base: old?.base ?? learnings, text }));
        }}
      />
      <div className="button-row">
        <button
          type="button"
          className="button button-plain"
          data-testid="learnings-save"
          disabled={busy || draft === null}
          onClick={() => void save()}
        >
          Save
        </button>
        {draft !== null && (
          <button
            type="button"
            className="button button-link"
            onClick={() => {
              setDraft(null);
            }}
          >
            Discard my edit
          </button>
        )}
      </div>
      <Failure text={failure} />
    </details>
  );
}
