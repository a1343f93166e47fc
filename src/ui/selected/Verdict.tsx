// The verdict on an experiment with its reason, certainty and probes; or the verdict between two.

import type { ArenaView, ExperimentView, Probe } from "../../research/index.ts";
import { useArena, useLab } from "../actions/context.ts";
import { Term } from "../frame/Term.tsx";
import { between, type Between } from "../state/between.ts";
import { bpb, bytes, chance, clock, compact, count, delta, plural, timeOfDay } from "../state/format.ts";
import type { Shown } from "./shown.ts";

export function Verdict({ experiment: e, compared }: Shown) {
  return (
    <div className="verdict">
      {compared !== null && <BetweenTwo first={e} second={compared} />}
      {e.reason !== "" && (
        <p>
          <strong>Verdict.</strong> {e.reason}
        </p>
      )}
      {e.lesson !== "" && (
        <p>
          <strong>Lesson.</strong> {e.lesson}
        </p>
      )}
      <Certainty experiment={e} />
      <Forecast experiment={e} />
      <Facts experiment={e} />
      <Probes probes={e.probes} />
      <Replay experiment={e} />
    </div>
  );
}

interface PairProps {
  readonly first: ExperimentView;
  readonly second: ExperimentView;
}

function BetweenTwo({ first, second }: PairProps) {
  const noise = useLab((lab) => lab.study?.noise ?? null, null);
  const { unit } = useArena();
  const found = between(first, second, noise);
  return (
    <p className="between" data-testid="between">
      <strong>
        #{first.number} against #{second.number}.
      </strong>{" "}
      {found === null
        ? `No verdict: ${first.valBpb === null ? `#${first.number}` : `#${second.number}`} has no score.`
        : betweenWords(found, first.number, second.number, unit)}
    </p>
  );
}

function betweenWords(
  { gain, standardError, better }: Between,
  first: number,
  second: number,
  unit: string,
): string {
  const by = `${delta(gain)}${standardError === null ? "" : ` ± ${bpb(standardError)}`} ${unit} for #${first}`;
  switch (better) {
    case "first":
      return `#${first} is better, beyond the seed noise: ${by}.`;
    case "second":
      return `#${second} is better, beyond the seed noise: ${by}.`;
    case "tie":
      return `A tie, seeds alone explain the difference: ${by}.`;
    case "unknown":
      return `${by}. The noise between seeds was not measured in this study, so this difference may be luck.`;
  }
}

/** The researcher's forecast, and the outcome. */
function Forecast({ experiment: { expected, forecast } }: { readonly experiment: ExperimentView }) {
  if (expected === null) return null;
  return (
    <p className="facts" data-testid="forecast">
      Expected: {expected}
      {forecast !== null && ` (${delta(forecast.expected)}; ${delta(forecast.came)} came)`}
    </p>
  );
}

/** The certainty of the verdict, and the scores on the control text and on the held-out test. */
function Certainty({ experiment: e }: { readonly experiment: ExperimentView }) {
  const { evidence, control, hidden } = e;
  const arena = useArena();
  if (e.runs === 0) return null;
  return (
    <p className="facts" data-testid="certainty">
      {evidence !== null && (
        <>
          Gain {delta(evidence.gain)} ± {bpb(evidence.standardError)} · P(better) {chance(evidence.better)}{" "}
          ·{" "}
        </>
      )}
      {plural(e.runs, "run")}
      {e.incumbentRuns > 0 && ` and ${plural(e.incumbentRuns, "fresh run")} of the best at that moment`}
      {control !== null && (
        <>
          <br />
          On the <Term word="control text" /> the gain is {delta(control.controlGain)} ±{" "}
          {bpb(control.controlError)}; the same two runs gain {delta(control.validationGain)} ±{" "}
          {bpb(control.validationError)} on the validation text
          {control.contradicted && ": not kept"}
        </>
      )}
      {hidden !== null && (
        <>
          <br />
          <Term word="held-out test">Held-out test</Term>: {bpb(hidden.testBpb)} {arena.unit}; the same{" "}
          {arena.trains ? "weights have" : "run has"} {bpb(hidden.valBpb)} on the {arena.validation}
        </>
      )}
    </p>
  );
}

function Facts({ experiment: e }: { readonly experiment: ExperimentView }) {
  const arena = useArena();
  return (
    <p className="facts">
      {amount(e, arena)} in {clock(e.seconds)}
      {arena.trains && e.tokensPerSecond > 0 && ` · ${count(e.tokensPerSecond)} tokens/s`}
      {e.peakBytes > 0 && ` · peak ${bytes(e.peakBytes)}`}
      {e.overheadSeconds > 0 &&
        ` · ${count(e.overheadSeconds)} s outside ${arena.trains ? "training" : "the run"}`}{" "}
      · finished {timeOfDay(e.finishedAt)}
    </p>
  );
}

/** How much a run computed: a candidate that trains no model is counted in ticks. */
const amount = ({ parameters, steps, tokens }: ExperimentView, { trains }: ArenaView): string =>
  trains
    ? `${compact(parameters)} parameters · ${count(steps)} steps · ${compact(tokens)} tokens`
    : `${compact(tokens)} ticks on ${plural(steps, "instance")}`;

function Probes({ probes }: { readonly probes: readonly Probe[] }) {
  if (probes.length === 0) return null;
  return (
    <ul className="probes" aria-label="Probes">
      {probes.map((probe) => (
        <li key={probe.name} className={probe.passed ? "probe" : "probe probe-failed"}>
          <span aria-hidden="true">{probe.passed ? "✓" : "✗"}</span> {probe.name}{" "}
          {probe.passed ? "passed" : "failed"}
          {probe.detail !== "" && `: ${probe.detail}`}
        </li>
      ))}
    </ul>
  );
}

/** The result of running it again. */
function Replay({ experiment: e }: { readonly experiment: ExperimentView }) {
  const found = useLab((lab) => lab.replays.findLast((one) => one.commit === e.commit) ?? null, null);
  if (found === null) {
    return e.runs === 0 ? null : (
      <p className="help">Verify runs it again, with its own seed, and says whether the score holds.</p>
    );
  }
  return (
    <div data-testid="verify">
      <p className={found.holds ? "facts replay-held" : "facts replay-failed"} role="status">
        <strong>{found.holds ? "The claim holds." : "The claim does not hold."}</strong> {found.reason}
      </p>
      {found.contradictions.length > 1 && (
        <ul className="facts">
          {found.contradictions.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
