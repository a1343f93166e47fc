// The result of a study of bench/study/study.ts, and the file of such results: one study per line, as JSON.
import { readFileSync } from "node:fs";

export interface StudyResult {
  readonly researcher: string;
  readonly seed: number;
  /** "browser" or "node". */
  readonly lab: string;
  readonly experiments: number;
  readonly start: number | null;
  readonly end: number | null;
  readonly kept: number;
  readonly crashes: number;
  readonly repeats: number;
  readonly minutes: number;
  readonly reasons: readonly string[]; // of crashes and invalid runs
  /** Best score after each experiment. */
  readonly frontier: readonly (number | null)[];
}

export function readStudies(file: string): StudyResult[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as StudyResult);
}
