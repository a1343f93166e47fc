// Any error as one readable line. Text from the sandbox is quoted as data: one line, no control characters, a limited
// length.
import { LabError, type LabErrorCode } from "../../error.ts";

const MAX_REASON = 400;

/** Name of the researcher's file, on stacks too. */
export const SOURCE = "train.ts";

/** Any text as one short line. A much longer text is cut before it is searched. */
export function oneLine(text: string, max = MAX_REASON): string {
  const line = text
    .slice(0, 4 * max)
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Surrogate}\u2028\u2029]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  if (line.length <= max && text.length <= 4 * max) return line;
  // Cut no surrogate pair in half.
  return `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** An error of train.ts that starts with its place: `train.ts:12: x is not defined`. `line` 0: not known. */
export function trainError(code: LabErrorCode, message: string, line = 0): LabError {
  const place = line > 0 ? `${SOURCE}:${line}: ` : `${SOURCE}: `;
  return new LabError(code, place + oneLine(message));
}

/** The line a reason begins with, if it names one. */
export function lineOf(reason: string): number | undefined {
  return startsWithLine(reason) || undefined;
}

/** The line that a text begins with; 0: none. */
export function startsWithLine(text: string): number {
  const found = /^train\.ts:(\d{1,7}):/.exec(text.slice(0, 40));
  return found === null ? 0 : Number(found[1]);
}
