// The parts of a study that an agent from outside may read, as text and plain values. They omit the hidden test, the
// control text beyond the reason of a refusal, and every score that the control text contradicts.
import type { ExperimentDetail, ExperimentView, LabState } from "../contract/lab-state.ts";

/** The score; null when the control text contradicts it. */
const scoreOf = ({ valBpb, control }: ExperimentView): number | null =>
  control?.contradicted ? null : valBpb;

/** The state of the study: the task, the text, the machine, the incumbent, the present run and the next. */
export function briefOf(state: LabState): Readonly<Record<string, unknown>> {
  const { study, corpus, device, experiments, current, models } = state;
  if (study === null) return { phase: state.phase, study: null };
  const { settings } = study;
  const best = experiments.findLast(({ status }) => status === "keep") ?? null;
  return {
    study: study.tag,
    phase: state.phase,
    task:
      "Propose one change of train.ts (read_candidate) that lowers val_bpb, bits per byte on text it has not seen, within " +
      "the budget of a run. It may import only nn and prepare (read_manual); no position may see later tokens or other " +
      "rows. read_program gives the human's instructions, read_results the experiments so far.",
    budget:
      settings.budgetTokens > 0
        ? { tokens: settings.budgetTokens, secondsAtMost: settings.budgetSeconds }
        : { seconds: settings.budgetSeconds },
    text: corpus && {
      name: corpus.name,
      trainingBytes: corpus.bytes.train,
      vocabulary: corpus.vocabSize,
      bitsPerByteOfSimpleModels: corpus.baselines,
    },
    context: study.seqLen,
    device: device && { tier: device.tier, description: device.description, gflops: device.gflops },
    verdict: {
      rule: settings.rule,
      noiseBetweenSeeds: study.noise?.deviation ?? null,
      runsAtMost: settings.cap,
    },
    incumbent: best && { number: best.number, valBpb: scoreOf(best), commit: best.commit },
    experiments: {
      done: experiments.length,
      limit: settings.experiments === 0 ? null : settings.experiments,
    },
    running: current && {
      number: current.number,
      researcher: current.researcher,
      hypothesis: current.hypothesis,
      stage: current.stage,
      seconds: Math.round(current.trainedSeconds),
    },
    next: state.next,
    waitsForProposals: models && {
      seconds: models.settings.waitSeconds,
      thenFillsIn: models.settings.fillIn ? models.settings.researcher : null,
    },
    calibration: models?.calibration ?? [],
    learnings: models?.learnings ?? "",
  };
}

const COLUMNS = ["number", "status", "val_bpb", "change", "researcher", "hypothesis", "reason"];

/** The last experiments as tab-separated rows, oldest first. */
export function resultsOf({ experiments }: LabState, last: number): string {
  const rows = experiments.slice(-last).map((view) => {
    const value = scoreOf(view);
    const change = value === null || view.incumbentBpb === null ? "" : (value - view.incumbentBpb).toFixed(4);
    const cells = [view.number, view.status, value?.toFixed(6) ?? "", change, view.researcher];
    return [...cells, view.hypothesis, view.reason].map((cell) => `${cell}`.replace(/\s+/g, " ")).join("\t");
  });
  return `${[COLUMNS.join("\t"), ...rows].join("\n")}\n`;
}

/** The verdict on one experiment. */
export function verdictOf(view: ExperimentView): Readonly<Record<string, unknown>> {
  const { number, status, researcher, hypothesis, expected, incumbentBpb, reason, lesson, evidence, runs } =
    view;
  const { tokens, steps, seconds, tokensPerSecond, parameters, commit } = view;
  const valBpb = scoreOf(view);
  return {
    number,
    status,
    valBpb,
    incumbentBpb,
    reason,
    lesson,
    researcher,
    hypothesis,
    expected,
    evidence,
    runs,
    tokens,
    steps,
    seconds,
    tokensPerSecond,
    parameters,
    commit,
  };
}

const POINTS = 24; // of a curve

/** One experiment with its train.ts, its loss curve [s, nats per token] and the time per kernel of its step. */
export function experimentOf(
  view: ExperimentView,
  { source, curve, step }: ExperimentDetail,
): Readonly<Record<string, unknown>> {
  const every = Math.max(1, Math.ceil(curve.length / POINTS));
  const points = curve.filter((_, i) => i % every === 0 || i === curve.length - 1);
  return { ...verdictOf(view), curve: points, step, source };
}
