// The headless lab as a separate process: its output lines, its processes, and the commits in its bundle.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../scripts/setup.mjs";
import { git, scratch } from "../e2e/lab.ts";

export interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A lab under npm, in its own process group, as in a terminal. */
export class LabProcess {
  readonly lines: Line[] = [];
  stderr = "";
  readonly #npm: ChildProcess;
  readonly #ended: Promise<unknown>;
  #heard: () => void = () => undefined;

  constructor(args: readonly string[]) {
    this.#npm = spawn("npm", ["run", "--silent", "lab", "--", ...args], { cwd: root, detached: true });
    const { stdout, stderr } = this.#npm;
    if (stdout === null || stderr === null) throw new Error("npm has no output");
    stderr.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    createInterface({ input: stdout }).on("line", (text) => {
      this.lines.push(JSON.parse(text) as Line);
      this.#heard();
    });
    this.#ended = once(this.#npm, "close");
    this.#npm.once("close", () => {
      this.#heard();
    });
  }

  get pid(): number {
    if (this.#npm.pid === undefined) throw new Error("npm did not start");
    return this.#npm.pid;
  }

  /** Resolves with the nth line of a type. Rejects when the lab ends before it. */
  async line(type: string, nth = 1): Promise<Line> {
    for (;;) {
      const found = this.lines.filter((line) => line.type === type).at(nth - 1);
      if (found) return found;
      if (this.#npm.exitCode !== null || this.#npm.signalCode !== null)
        throw new Error(`the lab ended without ${type}: ${JSON.stringify(this.lines.at(-1))} ${this.stderr}`);
      await new Promise<void>((heard) => (this.#heard = heard));
    }
  }

  /** Resolves with npm's exit status when the lab and all readers of its output have ended. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#npm.exitCode;
  }

  /** Stops reading its output, like `| head`. */
  stopReading(): void {
    this.#npm.stdout?.destroy();
  }

  /** The commits of the experiments that it has printed. */
  get acknowledged(): string[] {
    return this.lines.filter(({ type }) => type === "experiment").map(({ commit }) => String(commit));
  }

  /** npm and all its descendants, by process number and command line. */
  processes(): Map<number, string> {
    return processesBelow(this.pid);
  }

  /** The same, once they include a browser on the profile. */
  async withBrowser(profile: string): Promise<Map<number, string>> {
    for (;;) {
      const found = this.processes();
      if ([...found.values()].some((command) => command.includes(`--user-data-dir=${profile}`))) return found;
      if (this.#npm.exitCode !== null) throw new Error(`the lab ended without a browser: ${this.stderr}`);
      await sleep(50);
    }
  }
}

/** A process and all its descendants, by process number and command line. */
export function processesBelow(root: number): Map<number, string> {
  const all = processTable();
  const found = new Map<number, string>();
  const add = (pid: number) => {
    found.set(pid, all.get(pid)?.command ?? "");
    for (const [child, { parent }] of all) if (parent === pid) add(child);
  };
  add(root);
  return found;
}

function processTable(): Map<number, { parent: number; command: string }> {
  const table = new Map<number, { parent: number; command: string }>();
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    try {
      const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "latin1")) ?? [];
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      if (state !== "Z") table.set(Number(name), { parent: Number(parent), command });
    } catch {
      // The process ended between the listing and the reading.
    }
  }
  return table;
}

/** Those of `processes` that are still alive after some time to end. */
export async function leftOf(processes: ReadonlyMap<number, string>): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const now = processTable();
    const left = [...processes].filter(([pid, command]) => now.get(pid)?.command === command);
    if (left.length === 0 || tries === 50) return left.map(([pid, command]) => `${pid} ${command}`);
    await sleep(200);
  }
}

/** Every commit of a bundle, cloned by real git; throws if the bundle is damaged. */
export function commitsIn(bundle: string): string[] {
  const folder = scratch();
  try {
    git(folder, "clone", "-q", bundle, "study");
    const study = join(folder, "study");
    git(study, "fsck", "--strict", "--full");
    return git(study, "log", "--all", "--format=%H").trim().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
