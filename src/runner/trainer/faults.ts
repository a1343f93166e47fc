// The line of train.ts that an error belongs to, and one safe line of text about it. train.ts can write any message and
// stack, so the line comes from the instrumented text: where it threw, first caught or made the error. A stack is read
// only if train.ts did not have the error before.
import { LabError } from "../../error.ts";
import { oneLine, SOURCE, startsWithLine } from "../contract/reason.ts";

/** Characters of a stack that are searched: a hundred frames are fewer. */
const MAX_STACK = 20_000;

export class Faults {
  readonly #thrown = new WeakMap<object, number>();
  readonly #made = new WeakMap<object, number>();
  readonly #stack: (error: object) => number;
  #last: { readonly value: unknown; readonly line: number } = { value: undefined, line: 0 };

  /** `lineOf`: the line of an error from the JavaScript engine; null: stacks are read as text. */
  constructor(lineOf: ((error: object) => number) | null) {
    this.#stack = lineOf ?? lineOfStack;
  }

  /** A statement of train.ts threw this error; the first line counts. */
  threw(line: number, error: unknown): void {
    this.#last = { value: error, line };
    if (isObject(error) && !this.#thrown.has(error)) this.#thrown.set(error, line);
  }

  /** train.ts caught this error and may now change it, so its line is stored first. */
  caught(error: unknown): void {
    if (!isObject(error) || this.#thrown.has(error) || this.#made.has(error)) return;
    const line = ownLine(error) || this.#stack(error);
    if (line > 0) this.#thrown.set(error, line);
  }

  made(line: number, value: unknown): void {
    if (isA(Error, value)) this.#made.set(value, line);
  }

  /** One line of text about any thrown value, and its line in train.ts; 0: not known. */
  describe(error: unknown): { readonly message: string; readonly line: number } {
    const line = this.#lineOf(error);
    const message = messageOf(error);
    // The lab's own errors start with their line, which is removed here; a prefix with another line stays.
    const place = `${SOURCE}:${line}: `;
    return { message: message.startsWith(place) ? message.slice(place.length) : message, line };
  }

  #lineOf(error: unknown): number {
    if (!isObject(error)) return Object.is(this.#last.value, error) ? this.#last.line : 0;
    const known = this.#thrown.get(error) ?? this.#made.get(error) ?? (ownLine(error) || this.#stack(error));
    const first = firstOf(error);
    return known || (isObject(first) && firstOf(first) === null ? this.#lineOf(first) : 0);
  }
}

/** `instanceof`, but false where a trap of train.ts throws. */
export function isA<T extends object>(
  type: abstract new (...given: never[]) => T,
  value: unknown,
): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** The line at the start of the message of a LabError; 0: none. */
function ownLine(error: object): number {
  return isA(LabError, error) ? startsWithLine(error.message) : 0;
}

/** Runs getters and traps of train.ts; their errors are ignored. */
function read(object: object, name: string): unknown {
  try {
    return Reflect.get(object, name);
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  if (typeof error === "bigint") return "threw a BigInt"; // whose digits may take minutes
  if (!isObject(error)) return oneLine(`threw ${error}`);
  const message = read(error, "message");
  const name = read(error, "name");
  const text = typeof message === "string" ? oneLine(message) : "";
  const kind = typeof name === "string" && typeof error === "object" ? oneLine(name, 80) : "";
  const first = firstOf(error);
  const inner = first === null || firstOf(first) !== null ? [] : [messageOf(first)];
  const prefix = kind === "Error" || kind === "LabError" ? "" : kind;
  const whole = [prefix, text, ...inner].filter((part) => part !== "").join(": ");
  return whole === "" ? "threw something without a message" : oneLine(whole);
}

/** The first error of an AggregateError, as Promise.any throws it; null for any other value. */
function firstOf(error: unknown): unknown {
  const errors = isObject(error) ? read(error, "errors") : null;
  return Array.isArray(errors) && errors !== error ? (read(errors, "0") ?? null) : null;
}

/**
 * The line of the first frame in train.ts in an error's stack; 0: none. The message above the frames and the name of a
 * function may look like a frame, so only text after the message counts, and a place at the end of a line. A function
 * name with a line break can still deceive this.
 */
export function lineOfStack(error: object): number {
  const [stack, message] = [read(error, "stack"), read(error, "message")];
  if (typeof stack !== "string") return 0;
  const at = typeof message === "string" && message !== "" ? stack.indexOf(message) : 0;
  const frames =
    at < 0 ? stack.slice(-MAX_STACK) : stack.slice(at + String(message).length).slice(0, MAX_STACK);
  for (const frame of frames.split("\n")) {
    const found = /^\s*at (?:.* \(|async )?train\.ts:(\d{1,7}):\d+\)?$/.exec(frame);
    if (found !== null) return Number(found[1]);
  }
  return 0;
}
