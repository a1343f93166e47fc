// The worker behind checkSource: one language service kept warm, one file replaced for every question.
import files from "virtual:typings";
import { LabError } from "../../error.ts";
import type { Diagnostic } from "../state.ts";
import { typeCheck } from "./type-check.ts";

export interface CheckRequest {
  readonly id: number;
  readonly source: string;
}
export type CheckAnswer =
  | { readonly id: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly id: number; readonly error: string };

const check = typeCheck(files);

self.onmessage = ({ data }: MessageEvent<CheckRequest>) => {
  let answer: CheckAnswer;
  try {
    answer = { id: data.id, diagnostics: check(data.source) };
  } catch (error) {
    const reason = error instanceof LabError || error instanceof Error ? error.message : String(error);
    answer = { id: data.id, error: reason };
  }
  self.postMessage(answer);
};
