// Whether a candidate is worth a run: it is new, parses, type-checks and, if the lab can rehearse, rehearses. The first
// fault is returned in one line for the model.
import type { Brief } from "../../researcher.ts";
import { syntaxError } from "../../source/parse.ts";
import { duplicateOf } from "../material/insight.ts";

/** The checks that the lab offers to a model. Both are optional: the loop checks again before the run. */
export interface Checks {
  /** The first type error in one line, or null. */
  check?(source: string, signal: AbortSignal): Promise<string | null>;
  /** Compiles train.ts and runs a few steps on noise; `later` when the lab cannot do it now. */
  rehearse?(source: string, signal: AbortSignal): Promise<Rehearsed>;
}

export interface Rehearsed {
  readonly outcome: "passed" | "failed" | "later";
  /** The measurements, the fault, or the reason for `later`. */
  readonly words: string;
}

/** Null when the candidate may run, else the reason. */
export async function review(
  source: string,
  brief: Brief,
  bench: Checks,
  signal: AbortSignal,
): Promise<string | null> {
  if (source.trim() === "") return "train.ts is empty";
  if (duplicateOf(source, [{ source: brief.source }])) {
    return "it is the same program as the incumbent: only comments or layout changed";
  }
  const twin = duplicateOf(source, [...brief.history, ...brief.pending]);
  if (twin) return `it is the same program as #${twin.number}: propose another change`;
  const sentBack = [...brief.history, ...brief.pending].flatMap((entry) => entry.sentBack ?? []);
  const failed = duplicateOf(source, sentBack);
  if (failed) return `it is the same program as one that failed in its rehearsal before: ${failed.reason}`;
  if (duplicateOf(source, brief.rejected)) return "it is the same program as one that was sent back before";
  const line = syntaxError(source);
  // The type check runs even after a syntax error: its message also names the call to use where the author wrote
  // another language.
  const error = await bench.check?.(source, signal);
  if (line !== null) return error ?? `train.ts:${line}: syntax error`;
  if (typeof error === "string") return `it does not type-check: ${error}`;
  const rehearsal = await bench.rehearse?.(source, signal);
  return rehearsal?.outcome === "failed" ? `it does not rehearse: ${rehearsal.words}` : null;
}
