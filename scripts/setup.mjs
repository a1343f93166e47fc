// Set-up for `npm start`, `npm test`, `npm run lab` and the benches. Plain JavaScript on Node's own modules, because it
// runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants as fsConstants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lock } from "./lock.mjs";
import { whenNpmIsGone } from "./parent.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Ends the process with one line on stderr. */
export function fail(line) {
  console.error(`overnight: ${line}`);
  process.exit(1);
}

/**
 * Runs a command with its output shown; resolves to its exit status. `quiet` shows stdout on stderr instead. A signal
 * is passed on to the command, and this process ends with it.
 */
export function run(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["inherit", quiet ? 2 : "inherit", "inherit"],
      shell: process.platform === "win32",
    });
    let ended = null;
    const pass = (signal) => {
      ended = signal;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    const unwatch = whenNpmIsGone(() => pass("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      unwatch();
      for (const one of SIGNALS) process.off(one, pass);
      if (ended !== null) process.exit(128 + constants.signals[ended]);
      done(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Runs a TypeScript script of the lab, through tsx, in its own process. */
const runScript = (file, args = [], options = {}) =>
  run(process.execPath, ["--import", "tsx", join(root, "scripts", file), ...args], options);

/** Imports a TypeScript script of the lab into this process, so that both end together. */
export async function load(file) {
  const { register } = await import("tsx/esm/api");
  register();
  return import(pathToFileURL(join(root, "scripts", file)).href);
}

/** Ends the process with one line where a folder of the checkout is not writable. */
function mustBeWritable(folder, need) {
  try {
    accessSync(existsSync(folder) ? folder : root, fsConstants.W_OK);
  } catch (error) {
    fail(`${folder} cannot be written (${error.code}): ${need}`);
  }
}

/** Runs one set-up at a time in this checkout; the next one finds the work done. */
const alone = (work) => async (options) => {
  const patience = 600_000;
  const release = await lock(root, (pid) => `process ${pid} is still setting up ${root}`, patience);
  try {
    return await work(options);
  } finally {
    release();
  }
};

/** Installs the packages of the lockfile if they are missing; then builds the corpus, unless it is current. */
export const prepare = alone(async ({ corpus = true, quiet = false } = {}) => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node ${process.versions.node} is too old, 20.19 or newer is needed`);
  if (root.includes("?"))
    fail(`tsx reads nothing from a path with a question mark, move the checkout: ${root}`);
  const lockfile = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".overnight-lock");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lockfile) {
    mustBeWritable(join(root, "node_modules"), "packages of the lockfile have to be installed there");
    console.error("Installing packages …");
    if ((await run(npm, ["ci", "--no-audit", "--no-fund"], { quiet })) !== 0) fail("npm ci failed");
    writeFileSync(stamp, lockfile);
  }
  if (!corpus) return;
  const texts = join(root, "public", "corpus");
  if (!existsSync(join(texts, "manifest.json")))
    mustBeWritable(join(root, "public"), "the corpus has to be built there");
  if ((await runScript("corpus.ts", [], { quiet })) !== 0) fail("the corpus could not be built");
});

/** Builds the page into dist/, unless dist/ was built from the same sources. */
export const build = alone(async ({ quiet = false } = {}) => {
  const hash = createHash("sha256");
  for (const path of [
    "src",
    "shaders",
    "public",
    "scripts",
    "index.html",
    "program.md",
    "vite.config.ts",
    "package-lock.json",
    "tsconfig.json",
  ]) {
    hashTree(join(root, path), hash);
  }
  const key = hash.digest("hex");
  const stamp = join(root, "dist", ".built-from");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  mustBeWritable(join(root, "dist"), "the page has to be built there");
  console.error("Building the page …");
  if ((await viteBuild({ quiet })) !== 0) fail("the build failed");
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(stamp, key);
});

/** Vite cuts a path at a `#`, so a checkout with one in its path is built through a link. */
async function viteBuild(options) {
  const build = (at, flags) =>
    run(
      process.execPath,
      [...flags, join(at, "node_modules", "vite", "bin", "vite.js"), "build", at, "--logLevel", "warn"],
      // A test sets NODE_ENV to "test", with which Vite builds React's slow development version.
      { ...options, env: { NODE_ENV: "production" } },
    );
  if (!root.includes("#")) return build(root, []);
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "overnight-build-"));
  const link = join(folder, "checkout");
  symlinkSync(root, link, "junction");
  try {
    return await build(link, ["--preserve-symlinks", "--preserve-symlinks-main"]);
  } finally {
    unlinkSync(link); // removes the link only, never its target
    rmdirSync(folder);
  }
}

function hashTree(path, hash) {
  if (!existsSync(path)) return;
  const info = statSync(path);
  if (info.isDirectory()) {
    for (const name of readdirSync(path).sort()) hashTree(join(path, name), hash);
  } else {
    // The names of shards contain the hash of their content, so their size is enough.
    hash.update(path).update(path.endsWith(".bin") ? String(info.size) : readFileSync(path));
  }
}

/** The Chromium to use, or null: $CHROMIUM, Playwright's own, then the system's. */
export function findChromium() {
  const candidates = [process.env.CHROMIUM];
  try {
    candidates.push(createRequire(join(root, "package.json"))("@playwright/test").chromium.executablePath());
  } catch {
    // Playwright is not installed yet: the system's browser may be enough.
  }
  if (process.platform === "darwin") {
    candidates.push(
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
    );
  } else if (process.platform === "win32") {
    for (const base of [
      process.env.PROGRAMFILES,
      process.env["PROGRAMFILES(X86)"],
      process.env.LOCALAPPDATA,
    ]) {
      if (base) candidates.push(join(base, "Google", "Chrome", "Application", "chrome.exe"));
    }
  } else {
    for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
      const found = spawnSync("which", [name], { encoding: "utf8" });
      if (found.status === 0) candidates.push(found.stdout.trim());
    }
  }
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

/** Finds a Chromium or installs one: Playwright's, else the distribution's if this user may. */
export async function ensureChromium() {
  let found = findChromium();
  if (found) return found;
  console.error("Installing a Chromium …");
  const cli = join(root, "node_modules", "@playwright", "test", "cli.js");
  await run(process.execPath, [cli, "install", "chromium"], { quiet: true });
  found = findChromium();
  if (!found && process.getuid?.() === 0 && spawnSync("which", ["apt-get"]).status === 0) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-qq"], { env, quiet: true });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
      env,
      quiet: true,
    });
    found = findChromium();
  }
  return found ?? fail("no Chromium was found and none could be installed; set CHROMIUM to the path of one");
}
