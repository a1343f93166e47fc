// The facts that a language model's prompt adds to the brief: all of the study's records, without the hidden test.
import type { Facts } from "../../researchers/index.ts";
import { figuresOf } from "../../runner/index.ts";
import { describeStep } from "../study/describe-step.ts";
import { calibrations } from "../study/forecast.ts";
import { incumbentOf, type Study, studyNoise } from "../study/study.ts";

interface OtherFacts {
  readonly learnings: string;
  readonly notes: readonly string[];
  /** Experiments until the lab stops by itself; null: it does not. */
  readonly experimentsLeft: number | null;
  readonly baselines: Readonly<Record<string, number>> | null;
  /** The adapter's measured speed; null: not measured. */
  readonly flopsPerSecond: number | null;
}

export function factsOf(study: Study, others: OtherFacts): Facts {
  const { file, records } = study;
  const noise = studyNoise(study);
  const incumbent = incumbentOf(study);
  return {
    noise: noise && { sd: noise.deviation, runs: noise.degrees + 1 },
    rule: ruleWords(file),
    runs: (number) => {
      const record = records[number];
      if (!record) return null;
      const { expected, falsify, sample } = record;
      return { ...figuresOf(record), expected, falsify, sample };
    },
    ...(incumbent?.device ? { device: incumbent.device } : {}),
    ...(incumbent?.step ? { memoryLimit: incumbent.step.memory.limit } : {}),
    step: (rows) => (incumbent ? (describeStep(incumbent, others.flopsPerSecond, rows) ?? "") : ""),
    budgetSeconds: file.budgetSeconds,
    ...(file.budgetTokens === undefined ? {} : { budgetTokens: file.budgetTokens }),
    corpus: { name: file.corpusName, vocabSize: file.vocabSize, seqLen: file.seqLen },
    ...(others.baselines ? { baselines: others.baselines } : {}),
    calibration: calibrations(records),
    experimentsLeft: others.experimentsLeft,
    learnings: others.learnings,
    notes: others.notes,
  };
}

function ruleWords({ rule, cap, minimumGain, controlTokens = 0 }: Study["file"]): string {
  const control = controlTokens > 0 ? ", and if the gain is there on a control text too" : "";
  if (rule === "karpathy") return `kept if its val_bpb is below the incumbent's${control}`;
  const least = minimumGain > 0 ? `, a gain below ${minimumGain} is not kept` : "";
  return `kept if it is better beyond the noise between seeds, over at most ${cap} runs in turn with the incumbent${least}${control}`;
}
