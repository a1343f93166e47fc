// Which line of train.ts is running: for saying where an operation of a recorded pass was written. Asked only on
// request, because a stack costs more than a node.

/** V8 keeps ten frames; a model's helpers may be deeper. */
const FRAMES = 60;

/** The innermost line of the named source on the stack (`//# sourceURL=train.ts`), or null. */
export function callingLine(source: string): number | null {
  const limited = Error as { stackTraceLimit?: number };
  const before = limited.stackTraceLimit;
  limited.stackTraceLimit = FRAMES;
  const stack = new Error().stack ?? "";
  limited.stackTraceLimit = before;
  for (const line of stack.split("\n")) {
    const at = line.lastIndexOf(`${source}:`);
    const ahead = line[at - 1] ?? " ";
    if (at < 0 || /[\w.-]/.test(ahead)) continue;
    const number = Number.parseInt(line.slice(at + source.length + 1), 10);
    if (number > 0) return number;
  }
  return null;
}
