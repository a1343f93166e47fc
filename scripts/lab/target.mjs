// Checks that the files named by flags can be written. Plain JavaScript: the check comes before anything is installed
// or built, because an hour later is too late.
import { closeSync, existsSync, openSync, readSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** Checks the flags that name an output file, in any command line. Throws a one-line Error for a bad one. */
export function checkTargets(args) {
  const options = { out: { type: "string" }, screenshot: { type: "string" } };
  const { out, screenshot } = parseArgs({ args: [...args], options, strict: false }).values;
  if (typeof out === "string") targetOf("--out", out, isBundle);
  if (typeof screenshot === "string") targetOf("--screenshot", screenshot);
}

export const checkOut = (path) => targetOf("--out", path, isBundle);

/** The path that will be written, after following links. */
function targetOf(flag, path, mayReplace = () => true) {
  if (path === "") throw new Error(`${flag}: expected the name of a file`);
  const wanted = resolve(path);
  const target = existsSync(wanted) ? realpathSync(wanted) : wanted;
  const folder = dirname(target);
  const info = statSync(folder, { throwIfNoEntry: false });
  if (info === undefined) throw new Error(`${flag}: no such folder: ${folder}`);
  if (!info.isDirectory()) throw new Error(`${flag}: not a folder: ${folder}`);
  const there = statSync(target, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw new Error(`${flag}: not a file: ${path}`);
  if (there && !mayReplace(target, there.size))
    throw new Error(`${flag}: ${path} is there and is not a git bundle; it is not overwritten`);
  const trial = join(folder, `.${basename(target)}.${process.pid}.trial`);
  try {
    closeSync(openSync(trial, "wx"));
    rmSync(trial);
  } catch (error) {
    throw new Error(`${flag}: ${folder} cannot be written (${error.code})`, { cause: error });
  }
  return target;
}

function isBundle(path, size) {
  const start = new Uint8Array(Math.min(size, 16));
  const file = openSync(path, "r");
  readSync(file, start);
  closeSync(file);
  return size === 0 || /^# v\d git bundle/.test(String.fromCharCode(...start));
}
