// A recorded night, in night.json: explored and replayed where there is no GPU; nothing of it enters the reader's own
// notebook. scripts/record-night.ts made it of a real study.

import type { CurrentRun, ExperimentDetail, LabState, StudyView } from "../../research/index.ts";

/** Without the parent's train.ts, which is another experiment's. */
type RecordedDetail = Omit<ExperimentDetail, "parentSource">;

export interface Recording {
  /** The state at the end of the night. */
  readonly end: LabState & { readonly study: StudyView };
  /** The train.ts that experiment 0 measures. */
  readonly seedSource: string;
  /** Of each experiment, by its number. */
  readonly details: readonly RecordedDetail[];
}

/** Share of the time outside training that comes before it: compiling; the rest is scoring. */
const BEFORE = 0.6;

/** When each experiment ended, in seconds since the night began. */
export function endsOf({ end }: Recording): readonly number[] {
  return end.experiments.map(({ finishedAt }) => (finishedAt - end.study.createdAt) / 1000);
}

/** Null where the night has no experiment of that number. */
export function detailIn({ end, seedSource, details }: Recording, number: number): ExperimentDetail | null {
  const [detail, view] = [details[number], end.experiments[number]];
  if (detail === undefined || view === undefined) return null;
  const parent = end.experiments.find(({ commit }) => commit === view.parentCommit);
  return {
    ...detail,
    parentSource: (parent === undefined ? undefined : details[parent.number]?.source) ?? seedSource,
  };
}

/** The state of the lab `at` seconds into the night; at its end no run is left. */
export function stateAt(recording: Recording, at: number): LabState {
  const { end, seedSource, details } = recording;
  const ends = endsOf(recording);
  const experiments = end.experiments.filter((_, i) => at >= (ends[i] ?? Infinity));
  const best = experiments.findLast(({ status }) => status === "keep");
  return {
    ...end,
    study: { ...end.study, incumbent: best?.commit ?? "", bestBpb: best?.valBpb ?? null },
    experiments,
    incumbentSource: best === undefined ? seedSource : (details[best.number]?.source ?? ""),
    current: runAt(recording, ends, experiments.length, at),
  };
}

/** The run of experiment `index` at that time; null past the last experiment. */
function runAt(
  { end, details }: Recording,
  ends: readonly number[],
  index: number,
  at: number,
): CurrentRun | null {
  const [view, detail] = [end.experiments[index], details[index]];
  if (view === undefined || detail === undefined) return null;
  const began = ends[index - 1] ?? 0;
  const outside = Math.max(0, (ends[index] ?? began) - began - view.seconds);
  const trained = at - began - BEFORE * outside;
  const trainedSeconds = Math.min(view.seconds, Math.max(0, trained));
  const share = view.seconds > 0 ? trainedSeconds / view.seconds : 0;
  const loss = detail.curve.findLast(([second]) => second <= trainedSeconds)?.[1] ?? null;
  return {
    number: view.number,
    hypothesis: view.hypothesis,
    researcher: view.researcher,
    side: "candidate",
    run: 1,
    stage: trained <= 0 ? "compiling" : trained < view.seconds ? "training" : "scoring",
    detail: "",
    done: 0,
    total: 0,
    startedAt: end.study.createdAt + 1000 * began,
    budgetSeconds: Math.max(view.seconds, 1),
    trainedSeconds,
    step: Math.round(share * view.steps),
    tokens: Math.round(share * view.tokens),
    tokensPerSecond: trained <= 0 ? 0 : view.tokensPerSecond,
    loss,
    parameters: view.parameters,
    peakBytes: view.peakBytes,
    glimpse: null,
    source: detail.source,
  };
}
