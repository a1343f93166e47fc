// Detects the death of the npm that started this script. npm signals only the `sh -c` between itself and the script,
// which dies silently; and no signal announces a SIGKILL. Plain JavaScript: set-up uses it too.
import { readFileSync } from "node:fs";

const EVERY = 250; // ms between two checks
const started = ancestry();

/** Calls `gone` once when npm has died; returns the function that ends the watch. Does nothing without npm. */
export function whenNpmIsGone(gone) {
  // Only npm is known to stay until its script ends: a shell may end while its job is meant to go on.
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const watch = setInterval(() => {
    if (ancestry() === started) return;
    clearInterval(watch);
    gone();
  }, EVERY);
  watch.unref();
  return () => clearInterval(watch);
}

/** The parent process; if that is npm's shell, also the process above it. */
function ancestry() {
  const { ppid } = process;
  if (process.platform !== "linux") return `${ppid}`;
  try {
    const [, name, above] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${ppid}/stat`, "utf8"));
    return name.endsWith("sh") ? `${ppid} ${above}` : `${ppid}`;
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    return "gone"; // it ended between the two calls
  }
}
