// One line for people out of whatever went wrong. Text from the sandbox is quoted as data: one line, no control
// characters, a limited length.
import { LabError, type LabErrorCode } from "../error.ts";

const MAX_REASON = 400;

/** What a researcher's file is called, on stacks too. */
export const SOURCE = "train.ts";

/** Any text as one short line. */
export function oneLine(text: string, max = MAX_REASON): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** An error of train.ts, with its place in front: `train.ts:12: x is not defined`. */
export function trainError(code: LabErrorCode, message: string, line = 0): LabError {
  const text = oneLine(message);
  const place = line > 0 ? `train.ts:${line}: ` : "train.ts: ";
  return new LabError(code, /^train\.ts[:\s]/.test(text) ? text : place + text);
}

/** The line a reason names, if it names one. */
export function lineOf(reason: string): number | undefined {
  const found = /\btrain\.ts:(\d{1,6})\b/.exec(reason);
  return found === null ? undefined : Number(found[1]);
}

/** The first place in train.ts on a stack, 0 where there is none. Frames look like `at f (train.ts:12:5)`. */
export function lineOfStack(stack: string): number {
  const found = /\btrain\.ts:(\d{1,6})(?::\d+)?/.exec(stack);
  return found === null ? 0 : Number(found[1]);
}

/** The line of the first match of a pattern in a source, 0 where there is none. */
export function lineOfPattern(source: string, pattern: RegExp): number {
  const at = source.search(pattern);
  return at < 0 ? 0 : source.slice(0, at).split("\n").length;
}
