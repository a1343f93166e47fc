// The line under the chart: the experiment under the pointer; otherwise the legend of the marks.

import { useLab, usePage } from "../actions/context.ts";
import { bpb, delta } from "../state/format.ts";
import { gainOf } from "../state/listing.ts";
import { Term } from "../frame/Term.tsx";
import { Status, statusWord } from "./Mark.tsx";

/** `noise`: standard deviation between seeds in bits per byte. */
export function Reading({ noise }: { readonly noise: number | null }) {
  const cursor = usePage((page) => page.cursor);
  const e = useLab((lab) => lab.experiments.find(({ number }) => number === cursor) ?? null, null);
  if (e === null) return <Legend noise={noise} />;
  const gained = gainOf(e);
  return (
    <p className="readout" data-testid="readout">
      <span className="mono">#{e.number}</span> {statusWord(e.status)}
      {e.valBpb !== null && <span className="mono"> {bpb(e.valBpb)}</span>}
      {gained !== null && (
        <span className="mono">
          {" "}
          ({delta(gained)}
          {e.evidence !== null && ` ± ${bpb(e.evidence.standardError)}`})
        </span>
      )}
      {e.hidden !== null && (
        <span className="quiet">
          {" "}
          test <span className="mono">{bpb(e.hidden.testBpb)}</span>
        </span>
      )}{" "}
      <span className="quiet">{e.valBpb === null ? e.reason : e.hypothesis}</span>
    </p>
  );
}

function Legend({ noise }: { readonly noise: number | null }) {
  return (
    <p className="readout legend">
      <Status status="keep" explained /> <Status status="discard" explained />{" "}
      <Status status="crash" explained /> <Status status="invalid" explained />
      <span className="status">
        <svg viewBox="-9 -7 18 14" width="18" height="14" aria-hidden="true">
          <path d="M-9 -4H0V4H9" className="frontier-key" />
        </svg>
        <Term word="best">best so far</Term>
      </span>
      {noise !== null && noise > 0 && (
        <span className="status" data-testid="noise">
          <svg viewBox="-9 -7 18 14" width="18" height="14" aria-hidden="true">
            <rect x="-9" y="-5" width="18" height="10" className="noise-key" />
          </svg>
          <Term word="seed noise">seed noise (±2σ)</Term>: {(2 * noise).toFixed(4)}
        </span>
      )}
    </p>
  );
}
