// A lock between processes of this machine, for any path. Its file is in the system's folder for temporary files, so
// that it leaves nothing in the user's folders and can lock a path that is not writable. Plain JavaScript: set-up uses
// it before anything is installed.
import { createHash } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves with the function that releases it, or rejects with `busy(pid)` when another live process holds it after
 * `patience` ms.
 */
export async function lock(path, busy, patience = 0) {
  const file = join(
    tmpdir(),
    `overnight-${createHash("sha256").update(path).digest("hex").slice(0, 16)}.lock`,
  );
  const mine = `${process.pid} ${startOf(process.pid)}\n${path}\n`;
  const until = Date.now() + patience;
  while (!tryLink(file, mine)) {
    const held = read(file);
    if (held === null) continue; // just released
    const holder = holderOf(held);
    if (holder === null) removeStale(file, held);
    else if (Date.now() >= until) throw new Error(busy(holder));
    else await sleep(200);
  }
  const release = () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
  process.once("exit", release);
  return () => {
    process.off("exit", release);
    release();
  };
}

/** Creates the lock file atomically, so that nobody reads half of it. */
function tryLink(file, text) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return null; // ESRCH: the /proc file of an ending process
    throw error;
  }
}

/** The live process that holds a lock, null when it has ended. */
function holderOf(text) {
  const [pid, start = ""] = text.split("\n", 1)[0].split(" ");
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === "ESRCH") return null;
    if (error.code !== "EPERM") throw error; // alive, but another user's
  }
  return startOf(pid) === start ? Number(pid) : null; // process numbers are reused
}

/** The start time of a process, in the kernel's ticks; "" where there is no /proc. */
function startOf(pid) {
  const text = process.platform === "linux" ? read(`/proc/${pid}/stat`) : null;
  return text === null ? "" : text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}

/**
 * Renames it first and checks it: another process may have removed it and locked again, and its lock is then restored.
 */
function removeStale(file, held) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  const found = read(aside);
  if (found !== held && found !== null) tryLink(file, found);
  rmSync(aside, { force: true });
}
