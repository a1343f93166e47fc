// The lab's present stage in words, and its progress; the name of a study.

import { type ArenaView, arenaOfStudy, GPT_ARENA } from "../../research/contract/arena-view.ts";
import type { CurrentRun, LabState, Stage } from "../../research/index.ts";
import { count } from "./format.ts";
import type { PageState } from "./store.ts";

/** The stages in the order an experiment passes them. */
export const STAGES: readonly Stage[] = [
  "measuring",
  "proposing",
  "checking",
  "loading",
  "compiling",
  "rehearsing",
  "training",
  "handover",
  "probing",
  "scoring",
  "sampling",
  "deciding",
  "committing",
];

const NAMES: Readonly<Record<Stage, string>> = {
  measuring: "Measuring the machine",
  proposing: "Writing a proposal",
  checking: "Type-checking train.ts",
  loading: "Loading train.ts",
  compiling: "Compiling kernels",
  rehearsing: "Rehearsing on noise",
  training: "Training",
  handover: "Handing over the weights",
  probing: "Probing for leaks",
  scoring: "Scoring on unseen text",
  sampling: "Writing a sample",
  deciding: "Deciding",
  committing: "Committing",
};

/** The stages in which a candidate that trains no model does something else. */
const OTHER_NAMES: Partial<Readonly<Record<Stage, string>>> = {
  checking: "Checking the candidate",
  loading: "Loading the candidate",
  rehearsing: "Trying the practice set",
  training: "Running on the validation set",
  probing: "Probing for cheats",
  scoring: "Scoring",
};

export function stageName(stage: Stage, { trains }: Pick<ArenaView, "trains"> = GPT_ARENA): string {
  return trains ? NAMES[stage] : (OTHER_NAMES[stage] ?? NAMES[stage]);
}

/** The text after the stage's name: the lab's own detail, `12 of 31`, or nothing. */
export function stageDetail(run: CurrentRun): string {
  if (run.stage === "training") return "";
  if (run.detail !== "") return run.detail;
  return run.total > 0 ? `${count(run.done)} of ${count(run.total)}` : "";
}

/** The finished share of the stage, 0 to 1; null: unknown. */
export function stageProgress(run: CurrentRun): number | null {
  if (run.stage === "training") {
    return run.budgetSeconds > 0 ? Math.min(1, run.trainedSeconds / run.budgetSeconds) : null;
  }
  return run.total > 0 ? Math.min(1, run.done / run.total) : null;
}

/** Seconds of training still to come in this run; null when training is over. */
export function timeLeft(run: CurrentRun): number | null {
  const at = STAGES.indexOf(run.stage);
  const training = STAGES.indexOf("training");
  if (at > training) return null;
  return at < training ? run.budgetSeconds : Math.max(0, run.budgetSeconds - run.trainedSeconds);
}

/** The lab's state as a few words: in the header and the title. */
export function phaseWords(lab: LabState | null): string {
  if (lab === null) return "opening";
  switch (lab.phase) {
    case "opening":
      return "opening";
    case "idle":
      return lab.experiments.length > 0 ? "paused" : "ready";
    case "readonly":
      return "read-only";
    case "damaged":
      return "needs your decision";
    case "failed":
      return "failed";
    case "running":
    case "stopping":
      return lab.current === null
        ? "between runs"
        : stageName(lab.current.stage, arenaOfStudy(lab.study ?? {})).toLowerCase();
  }
}

/** The human's name for a study, or its tag. */
export function titleOf({ lab }: Pick<PageState, "lab">, tag: string): string {
  return lab?.titles[tag] ?? tag;
}

/** The document's title: the best score first, because a narrow tab shows only the beginning. */
export function documentTitle(lab: LabState | null): string {
  const words = phaseWords(lab);
  const best = lab?.study?.bestBpb ?? null;
  const parts = [best === null ? null : best.toFixed(4), words].filter((p) => p !== null);
  return `${parts.join(" · ")} — Overnight`;
}
