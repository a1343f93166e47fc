// Which line of train.ts is running: for errors that are found only when the step is planned. Asked where a step takes
// a path that none took before, and never again: a stack costs 25 to 80 µs, as much as recording a hundred operations.

/** V8 keeps ten frames; a model's helpers may be deeper. */
const FRAMES = 60;

/** `train.ts:12: `, as it stands before what went wrong; nothing where the line is not known. */
export function atLine(source: string | null, line: number): string {
  return source === null || line === 0 ? "" : `${source}:${line}: `;
}

/** The innermost line of the named source on the stack (`//# sourceURL=train.ts`), 0 where none is there. */
export function callingLine(source: string): number {
  const usual: unknown = Reflect.get(Error, "stackTraceLimit");
  // Where Error is frozen (the trainer's lockdown) this does nothing: the limit was raised before.
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
