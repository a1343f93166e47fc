// What the model writes: the newest kept one, with the way back to the first, so that one can watch it learn.

import { useMemo, useState } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { bpb } from "../state/format.ts";

const NONE: readonly ExperimentView[] = [];

export function Sample() {
  const experiments = useLab((lab) => lab.experiments, NONE);
  const kept = useMemo(
    () => experiments.filter((e) => e.status === "keep" && e.sample !== ""),
    [experiments],
  );
  // null follows the newest; a number stays where the reader put it.
  const [at, setAt] = useState<number | null>(null);
  const index = at === null ? kept.length - 1 : Math.min(at, kept.length - 1);
  const shown = kept[index];
  return (
    <div data-testid="sample" className="sample">
      {shown === undefined ? (
        <p className="empty">
          What the model writes when it is left alone appears here after the first run. It begins as noise and
          should get better with every experiment that is kept.
        </p>
      ) : (
        <>
          <div className="sample-head">
            <p>
              <span className="mono">#{shown.number}</span>{" "}
              <span className="quiet">at {bpb(shown.valBpb)} bits per byte</span>
            </p>
            {kept.length > 1 && (
              <label>
                baseline
                <input
                  type="range"
                  min={0}
                  max={kept.length - 1}
                  value={index}
                  aria-label="Kept experiment whose sample is shown"
                  aria-valuetext={`experiment ${shown.number}`}
                  onChange={(event) => {
                    const to = Number(event.target.value);
                    setAt(to === kept.length - 1 ? null : to);
                  }}
                />
                incumbent
              </label>
            )}
          </div>
          <pre className="sample-text">{shown.sample}</pre>
        </>
      )}
    </div>
  );
}
