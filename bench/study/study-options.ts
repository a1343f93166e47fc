// The options of a study of bench/study/study.ts, in a browser or in Node, and the settings that all studies share.
import type { LabEvent } from "../../src/research/contract/lab-state.ts";

export interface StudyOptions {
  readonly researcher: string;
  readonly seed: number;
  readonly experiments: number;
  readonly budgetTokens: number;
  readonly context: number;
  readonly text: string;
  readonly train: string;
}

/** Runs one whole study; resolves with its bundle, rejects with the lab's own failure. */
export type RunStudy = (options: StudyOptions, onEvent: (event: LabEvent) => void) => Promise<Uint8Array>;

/** Tokens end a run; the seconds are the most that it may take. */
export const ARENA = { budgetSeconds: 60, vocabSize: 256, rule: "karpathy" } as const;
