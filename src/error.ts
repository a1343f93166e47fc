// The one error class of the lab. Its message is one line: what, got, expected, hint; the same text serves the
// page, the log, the commit and the researcher.

/** Every code an error of the lab can carry, listed once. */
export type LabErrorCode =
  // nn
  | "shape" // operands whose shapes do not fit
  | "dtype" // operands whose element types do not fit
  | "value" // an argument outside its range
  | "memory" // a plan larger than the device
  | "limit" // a plan that exceeds a binding or dispatch limit
  | "wgsl" // a shader that does not compile
  | "device" // no adapter, or a lost device
  | "host" // the server of the page does not answer
  | "graph" // a recorded graph that is malformed
  // prepare
  | "corpus" // a text that cannot be used
  // runner
  | "crash" // train.ts failed
  | "invalid" // train.ts broke the rules of the score
  | "protocol" // a message that is not of the protocol
  // arenas
  | "arena" // a manifest or an evaluator that cannot be used
  // repo
  | "storage" // the store failed; nothing more is written
  | "full" // the store has no room; nothing was written, and the write may be tried again
  | "git" // a damaged repository or bundle
  | "lock" // another tab owns the lab
  // research, agents
  | "leak" // a text that contains a key, which must not leave the lab
  | "check" // train.ts does not type-check
  | "proposal" // edits that do not apply
  | "provider" // a language model's endpoint failed
  | "cancelled"
  | "internal";

/** The parts of a one-line message; only `what` is needed. */
export interface LabErrorDetail {
  /** The fault, as a short clause: `matmul: inner sizes differ`. */
  what: string;
  got?: string;
  expected?: string;
  hint?: string;
  cause?: unknown;
}

/** An error with a code for programs and one line for people. */
export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly detail: LabErrorDetail;
  constructor(code: LabErrorCode, detail: LabErrorDetail | string) {
    const d = typeof detail === "string" ? { what: detail } : detail;
    const parts = [d.what];
    if (d.got !== undefined) parts.push(`got ${d.got}`);
    if (d.expected !== undefined) parts.push(`expected ${d.expected}`);
    const line = parts.join(", ") + (d.hint === undefined ? "" : ` (${d.hint})`);
    super(line.replace(/\s*\n\s*/g, " "), { cause: d.cause });
    this.name = "LabError";
    this.code = code;
    this.detail = d;
  }
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Throws LabError "internal" if an invariant of the lab does not hold. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new LabError("internal", what);
}
