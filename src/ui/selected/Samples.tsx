// The sample written by the selected experiment's model; a slider goes through the kept experiments.

import { useMemo } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { select } from "../actions/selection.ts";
import { useActions, useArena, useLab } from "../actions/context.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { bpb } from "../state/format.ts";
import type { Shown } from "./shown.ts";

const NONE: readonly ExperimentView[] = [];

export function Samples({ experiment, compared }: Shown) {
  return (
    <div data-testid="sample" className="samples">
      {compared === null && <KeptSlider number={experiment.number} />}
      <div className={compared === null ? "" : "side-by-side"}>
        <Sample experiment={experiment} />
        {compared !== null && <Sample experiment={compared} />}
      </div>
      <ActionButton action="talk-to" kind="link" hideWhenUnavailable />
    </div>
  );
}

function Sample({ experiment: e }: { readonly experiment: ExperimentView }) {
  const { unit, trains } = useArena();
  return (
    <div>
      <p className="quiet">
        <span className="mono">#{e.number}</span>, {bpb(e.valBpb)} {unit}
      </p>
      {e.sample === "" ? (
        <p className="empty">
          {trains
            ? "It wrote no sample: only a model that was scored does."
            : "It has no results: only a candidate that was scored does."}
        </p>
      ) : (
        <pre className="sample-text">{e.sample}</pre>
      )}
    </div>
  );
}

function KeptSlider({ number }: { readonly number: number }) {
  const context = useActions();
  const experiments = useLab((lab) => lab.experiments, NONE);
  const kept = useMemo(
    () => experiments.filter((e) => e.status === "keep" && e.sample !== ""),
    [experiments],
  );
  if (kept.length < 2) return null;
  const at = kept.findLastIndex((e) => e.number <= number);
  return (
    <label className="kept-slider">
      baseline
      <input
        type="range"
        min={0}
        max={kept.length - 1}
        value={Math.max(0, at)}
        aria-label="Kept experiment that is selected"
        aria-valuetext={`experiment ${kept[at]?.number ?? number}`}
        onChange={(event) => {
          const to = kept[Number(event.target.value)];
          if (to !== undefined) select(context, to.number);
        }}
      />
      best
    </label>
  );
}
