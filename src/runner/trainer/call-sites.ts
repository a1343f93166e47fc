// Lines of errors from the JavaScript engine itself. V8 hands the frames of a stack to one function when the stack is
// read for the first time; the error's message, function names and an assigned `stack` have no influence.
import { SOURCE } from "../contract/reason.ts";

/** V8's description of a stack frame. */
interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** Most frames of train.ts that a stack shows. */
const MAX_FRAMES = 10;

/**
 * From now on stacks hold only the frames of train.ts. Returns a function from an error to its innermost line of
 * train.ts, 0 if it has none or its stack was overwritten before it was read; null on a JavaScript engine other than
 * V8.
 */
export function watchCallSites(): ((error: object) => number) | null {
  const lines = new WeakMap<object, number>();
  const prepare = (error: object, sites: readonly CallSite[]): string => {
    const frames: string[] = [];
    for (const site of sites) {
      if (site.getScriptNameOrSourceURL() !== SOURCE) continue;
      const line = site.getLineNumber() ?? 0;
      if (frames.length === 0) lines.set(error, line);
      frames.push(`\n    at ${SOURCE}:${line}:${site.getColumnNumber() ?? 0}`);
      if (frames.length === MAX_FRAMES) break;
    }
    return `Error${frames.join("")}`;
  };
  Reflect.set(Error, "prepareStackTrace", prepare);
  if (new Error().stack !== "Error") return null;
  return (error) => {
    try {
      Reflect.get(error, "stack");
    } catch {
      // A getter of train.ts in place of V8's.
    }
    return lines.get(error) ?? 0;
  };
}
