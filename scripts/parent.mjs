// Whether the npm that started this script still lives. npm signals only the `sh -c` between itself and the script, which
// dies of it and tells nobody; and nothing tells of a SIGKILL. Plain JavaScript: set-up watches as well.
import { readFileSync } from "node:fs";

const EVERY = 250; // ms between two looks
const started = ancestry();

/** Calls `gone` once when it has died; gives what ends the watch. Who was not started by npm is never called. */
export function whenNpmIsGone(gone) {
  // Nobody but npm is known to stay until its script ends: a shell may go and mean its job to live on.
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const watch = setInterval(() => {
    if (ancestry() === started) return;
    clearInterval(watch);
    gone();
  }, EVERY);
  watch.unref();
  return () => clearInterval(watch);
}

/** The process that started this one, with the next above where that is npm's shell. */
function ancestry() {
  const { ppid } = process;
  if (process.platform !== "linux") return `${ppid}`;
  try {
    const [, name, above] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${ppid}/stat`, "utf8"));
    return name.endsWith("sh") ? `${ppid} ${above}` : `${ppid}`;
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    return "gone"; // between asking for its number and reading
  }
}
