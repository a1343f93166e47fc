// The origin of an experiment: its researcher, the transcript of the model, and the commit message.

import { Transcript } from "../researcher/Transcript.tsx";
import { WithDetail } from "./Detail.tsx";
import type { Shown } from "./shown.ts";

export function Prompt({ experiment: e }: Shown) {
  return (
    <>
      <p>
        Proposed by {e.researcher}
        {e.number === 0 && ": every study begins with its first candidate as it is"}.
      </p>
      <Transcript key={e.number} number={e.number} researcher={e.researcher} />
      <WithDetail number={e.number}>
        {(detail) => (
          <>
            <h3>Commit message</h3>
            <pre className="commit-message">{detail.message}</pre>
          </>
        )}
      </WithDetail>
    </>
  );
}
