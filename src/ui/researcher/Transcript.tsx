// The exact messages sent to a model for an experiment, and its answers.

import { useState } from "react";
import type { TranscriptView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

export function Transcript({ number, researcher }: { readonly number: number; readonly researcher: string }) {
  const [found, setFound] = useState<TranscriptView | "none" | null>(null);
  const { failure, ask } = useAsk();
  const providers = useLab((lab) => lab.models?.providers ?? null, null);
  // Only models have a transcript; their names begin with the provider.
  if (!providers?.some(({ id }) => id === researcher.split(":", 1)[0])) return null;
  const load = async () => {
    const answer = await ask({ type: "transcript", number });
    if (answer === undefined) return;
    setFound(answer !== null && "entries" in answer ? answer : "none");
  };
  return (
    <details
      className="detail-part"
      data-testid="transcript"
      onToggle={(event) => {
        if (event.currentTarget.open && found === null) void load();
      }}
    >
      <summary>Prompt and answer</summary>
      <Failure text={failure} />
      {found === "none" && <p className="quiet">This browser holds no transcript of it.</p>}
      {found !== null && found !== "none" && (
        <>
          <p className="facts">
            About {found.tokens} tokens of prompt
            {found.dropped.length > 0 && `; left out for length: ${found.dropped.join(", ")}`}
          </p>
          {found.entries.map((entry, i) => (
            <div key={i}>
              <p className="quiet">{entry.role}</p>
              <pre className="model-text">{entry.text}</pre>
            </div>
          ))}
        </>
      )}
    </details>
  );
}
