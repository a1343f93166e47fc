// Where errors come from, as the engine knows it. V8 hands the frames of a stack to one function, when the stack is read
// for the first time; what an error's message, its functions' names and an assigned `stack` say is not asked.
import { SOURCE } from "../reason.ts";

/** What V8 tells of a frame. */
interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** Frames of train.ts that a stack shows. */
const MAX_FRAMES = 10;

/**
 * From now on stacks hold the frames of train.ts alone. Gives the innermost line of train.ts for an error, 0 where it has
 * none or where its stack was written before it was read; null on an engine that does not tell.
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
      // A getter of train.ts, in place of the engine's.
    }
    return lines.get(error) ?? 0;
  };
}
