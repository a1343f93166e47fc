// Whether the model can be asked now, and the answer while it writes one.

import type { ModelsView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { timeOfDay } from "../state/format.ts";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

export function ModelState({ models: { availability, model } }: { readonly models: ModelsView }) {
  const writing = useLab((lab) => lab.writing, null);
  const { failure, ask } = useAsk();
  if (availability === null) return null;
  return (
    <div data-testid="model-state" data-state={availability.state}>
      <p className={availability.state === "paused" ? "warning" : "facts"}>
        <strong>{model}</strong> {availability.state === "ready" && "is ready."}
        {availability.state === "resting" &&
          `rests until ${timeOfDay(availability.until)}: ${availability.words}. The built-in researcher goes on.`}
        {availability.state === "paused" &&
          `is paused: ${availability.words}. The built-in researcher goes on.`}{" "}
        {availability.state !== "ready" && (
          <button
            type="button"
            className="button button-plain"
            data-testid="model-resume"
            onClick={() => void ask({ type: "resume" })}
          >
            Resume
          </button>
        )}
      </p>
      <Failure text={failure} />
      {writing !== null && (
        <>
          <p className="quiet">Writing a proposal for #{writing.experiment}…</p>
          <pre className="model-text" data-testid="model-writing">
            {writing.text}
          </pre>
        </>
      )}
    </div>
  );
}
