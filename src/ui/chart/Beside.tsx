// The study beside the open one, in a sentence: both best scores after the same number of experiments.

import type { ExperimentView } from "../../research/index.ts";
import { studyAction } from "../actions/studies.ts";
import { useActions, usePage } from "../actions/context.ts";
import { perform } from "../actions/first.ts";
import { bpb, delta, plural } from "../state/format.ts";
import { titleOf } from "../state/stages.ts";

/** The best score of the first `count` experiments; null: none was kept. */
function bestAfter(experiments: readonly ExperimentView[], count: number): number | null {
  const kept = experiments.slice(0, count).filter(({ status }) => status === "keep");
  return kept.reduce<number | null>(
    (best, { valBpb }) => (valBpb !== null && (best === null || valBpb < best) ? valBpb : best),
    null,
  );
}

export function Beside({ experiments }: { readonly experiments: readonly ExperimentView[] }) {
  const context = useActions();
  const beside = usePage((page) => page.beside);
  const title = usePage((page) => titleOf(page, page.beside?.tag ?? ""));
  if (beside === null) return null;
  const count = Math.min(experiments.length, beside.experiments.length);
  const [here, there] = [bestAfter(experiments, count), bestAfter(beside.experiments, count)];
  return (
    <p className="readout beside" data-testid="beside">
      <svg viewBox="-9 -7 18 14" width="18" height="14" aria-hidden="true">
        <path d="M-9 -4H0V4H9" className="frontier-beside" />
      </svg>{" "}
      Beside it <em>{title}</em>. After {plural(count, "experiment")}: {bpb(here)} here, {bpb(there)} there
      {here !== null && there !== null && ` (${delta(there - here)})`}.{" "}
      <button
        type="button"
        className="button button-link"
        onClick={() => void perform(studyAction("beside", beside.tag), context)}
      >
        Remove
      </button>
    </p>
  );
}
