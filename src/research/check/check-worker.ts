// The worker behind checkSource: it keeps one language service warm and replaces one file for each request.
import files from "virtual:typings";
import { messageOf } from "../../error.ts";
import { manualOf } from "./manual.ts";
import type { Diagnostic } from "../contract/lab-state.ts";
import { typeCheck } from "./type-check.ts";

/** `source: null` asks for the manual. */
export interface CheckRequest {
  readonly id: number;
  readonly source: string | null;
}
export type CheckAnswer =
  | { readonly id: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly id: number; readonly manual: string }
  | { readonly id: number; readonly error: string };

const check = typeCheck(files);

self.onmessage = ({ data }: MessageEvent<CheckRequest>) => {
  let answer: CheckAnswer;
  try {
    answer =
      data.source === null
        ? { id: data.id, manual: manualOf(files) }
        : { id: data.id, diagnostics: check(data.source) };
  } catch (error) {
    const reason = messageOf(error);
    answer = { id: data.id, error: reason };
  }
  self.postMessage(answer);
};
