// A proposal that waits for the human's approval.

import { useState } from "react";
import type { WaitingView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { DiffView } from "../editors/DiffView.tsx";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

export function Waiting({ waiting }: { readonly waiting: WaitingView | null }) {
  const incumbent = useLab((lab) => lab.incumbentSource, "");
  const [reason, setReason] = useState("");
  const { busy, failure, ask } = useAsk();
  if (waiting === null) return null;
  const { number, hypothesis, researcher, expected, source } = waiting;
  return (
    <div className="waiting" data-testid="waiting">
      <p>
        <strong>
          #{number}, proposed by {researcher}, needs approval.
        </strong>
      </p>
      <p className="words">{hypothesis}</p>
      {expected !== null && <p className="facts">Expected: {expected}</p>}
      <DiffView before={incumbent} after={source} whole={false} />
      <div className="field">
        <label htmlFor="reject-reason">Reason (optional)</label>
        <input
          id="reject-reason"
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
      </div>
      <div className="button-row">
        <button
          type="button"
          className="button button-primary"
          data-testid="approve"
          disabled={busy}
          onClick={() => void ask({ type: "approve", number })}
        >
          Run it
        </button>
        <button
          type="button"
          className="button button-plain"
          data-testid="reject"
          disabled={busy}
          onClick={() => {
            void ask({ type: "reject", number, reason }).then(() => {
              setReason("");
            });
          }}
        >
          Reject
        </button>
      </div>
      <Failure text={failure} />
    </div>
  );
}
