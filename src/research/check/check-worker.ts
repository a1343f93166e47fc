// The worker behind checkSource: it keeps one language service warm and replaces one file for each request.
import files from "virtual:typings";
import { messageOf } from "../../error.ts";
import { manualOf } from "./manual.ts";
import type { AssistAnswer, AssistQuestion, Diagnostic } from "../contract/lab-state.ts";
import { assistant } from "./assist.ts";
import { openEnvironment, typeCheck } from "./type-check.ts";

export interface CheckRequest {
  readonly id: number;
  readonly ask:
    | { readonly kind: "check"; readonly source: string }
    | { readonly kind: "manual" }
    | { readonly kind: "assist"; readonly question: AssistQuestion };
}
export type CheckAnswer =
  | { readonly id: number; readonly assist: AssistAnswer | null }
  | { readonly id: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly id: number; readonly manual: string }
  | { readonly id: number; readonly error: string };

const environment = openEnvironment(files);
const check = typeCheck(files, environment);
const assist = assistant(environment);

self.onmessage = ({ data }: MessageEvent<CheckRequest>) => {
  let answer: CheckAnswer;
  try {
    answer = answerTo(data);
  } catch (error) {
    const reason = messageOf(error);
    answer = { id: data.id, error: reason };
  }
  self.postMessage(answer);
};

function answerTo({ id, ask }: CheckRequest): CheckAnswer {
  switch (ask.kind) {
    case "check":
      return { id, diagnostics: check(ask.source) };
    case "manual":
      return { id, manual: manualOf(files) };
    case "assist":
      return { id, assist: assist(ask.question) };
  }
}
