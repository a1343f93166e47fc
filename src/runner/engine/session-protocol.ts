// The messages between a sandbox and the engine while train.ts runs: steps as data one way, values the other. The
// sandbox's messages are hostile until they are parsed here.
import { LabError, type LabErrorCode } from "../../error.ts";
import { type HostArray, readRequest, type StepRequest } from "../../nn/index.ts";

/** Sandbox to engine. */
export type SessionRequest =
  | { readonly type: "step"; readonly id: number; readonly step: StepRequest }
  /** Drops all state of this evaluation of train.ts: another evaluation starts. */
  | { readonly type: "reset"; readonly id: number };

/** Engine to sandbox. */
export type SessionReply =
  | { readonly type: "compiling"; readonly done: number; readonly total: number }
  /** The step is submitted. `pausedMs`: how long the clock has stood still so far, because the engine compiled. */
  | { readonly type: "started"; readonly id: number; readonly pausedMs: number; readonly peakBytes: number }
  /** The step or the reset is finished. */
  | { readonly type: "done"; readonly id: number; readonly values: readonly HostArray[] }
  /** The budget is spent: the step was not run. */
  | { readonly type: "over"; readonly id: number }
  | { readonly type: "refused"; readonly id: number; readonly code: LabErrorCode; readonly message: string };

/** Throws LabError "graph" on anything that no recorder sends. */
export function parseSessionRequest(data: unknown): SessionRequest {
  if (typeof data !== "object" || data === null) throw broken(typeof data);
  const { type, id, step } = data as Record<string, unknown>;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0) throw broken("no number");
  if (type === "reset") return { type, id };
  if (type === "step") return { type, id, step: readRequest(step) };
  throw broken(typeof type === "string" ? type.slice(0, 40) : typeof type);
}

function broken(got: string): LabError {
  return new LabError("graph", { what: "a request to the engine", got, expected: "step or reset" });
}
