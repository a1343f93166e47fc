// Finds the current line of train.ts, for errors that appear only when the step is planned. Used only where a step
// takes a new path: a stack trace costs 25 to 80 µs, as much as recording a hundred operations.

/** V8 keeps ten frames by default; the helper functions of a model may be deeper. */
const FRAMES = 60;

/** Prefix for errors: `train.ts:12: `, or "" if the line is unknown. */
export function atLine(source: string | null, line: number): string {
  return source === null || line === 0 ? "" : `${source}:${line}: `;
}

/** The innermost line of the named source on the stack (`//# sourceURL=train.ts`), 0 if there is none. */
export function callingLine(source: string): number {
  const usual: unknown = Reflect.get(Error, "stackTraceLimit");
  // If Error is frozen (by the trainer's lockdown), this has no effect: the limit was raised before.
  Reflect.set(Error, "stackTraceLimit", FRAMES);
  const stack = new Error().stack ?? "";
  Reflect.set(Error, "stackTraceLimit", usual);
  for (const line of stack.split("\n")) {
    const at = line.lastIndexOf(`${source}:`);
    const ahead = line[at - 1] ?? " ";
    if (at < 0 || /[\w.-]/.test(ahead)) continue;
    const number = Number.parseInt(line.slice(at + source.length + 1), 10);
    if (number > 0) return number;
  }
  return 0;
}
