// One call of an agent: a process in its own empty folder, with the prompt on its stdin and the answer on its stdout.
// The agent and all processes that it started end with the call.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Agent, Reply } from "./agents.ts";
import { AgentFailure, UNREADABLE } from "./failure.ts";

export interface Limits {
  readonly seconds: number;
  /** Limit of the length of stdout [bytes]. */
  readonly bytes: number;
}

const WINDOWS = process.platform === "win32";
const SAID = 8_192; // characters: the end of stderr that is kept
const GRACE = 2_000; // ms from the request to end until the kill, and from the agent's end until its output is closed

/** Returns the answer. Rejects with AgentFailure; aborting `signal` ends the agent. */
export async function askAgent(
  agent: Agent,
  prompt: string,
  { seconds, bytes }: Limits,
  signal: AbortSignal,
): Promise<Reply> {
  const work = mkdtempSync(join(tmpdir(), "overnight-bridge-"));
  const files = Object.keys(agent.files).length === 0 ? null : privateFolder();
  try {
    const child = start(agent, work, files);
    const stop = new AbortController();
    const end = (failure: AgentFailure) => {
      if (!stop.signal.aborted) stop.abort(failure);
      killTree(child, "SIGTERM");
      setTimeout(() => killTree(child, "SIGKILL"), GRACE).unref();
    };
    const late = setTimeout(
      () => end(new AgentFailure(504, `no answer within ${seconds} s`)),
      seconds * 1000,
    );
    const leave = () => end(new AgentFailure(499, "the call was ended"));
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    try {
      const { stdout, said, status } = await finished(child, prompt, bytes, end);
      if (stop.signal.aborted) throw why(stop.signal.reason as AgentFailure, said);
      if (status !== 0) throw failed(agent, status, stdout, said);
      const reply = agent.read(stdout, said);
      if (reply.text.trim() === "") throw new AgentFailure(502, "it answered nothing");
      return reply;
    } finally {
      clearTimeout(late);
      signal.removeEventListener("abort", leave);
      killTree(child, "SIGKILL"); // processes that the agent left running
    }
  } finally {
    for (const folder of [work, files])
      if (folder !== null) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function start(agent: Agent, work: string, files: string | null): ChildProcess {
  const { command, hidden } = agent;
  const seen = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("npm_") && name !== "BRIDGE_TOKEN" && !hidden.includes(name),
  );
  const pathOf = (name: string) => join(files ?? work, name);
  for (const [name, content] of Object.entries(agent.files)) writeFileSync(pathOf(name), content);
  const { args, variables } = agent.start(pathOf);
  const env = { ...Object.fromEntries(seen), NO_COLOR: "1", ...variables };
  // Windows runs npm's scripts only through its shell, which takes the words as one line.
  const words = WINDOWS
    ? args.map((word) => (/^[\w=.:/-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`))
    : args;
  return spawn(command, words, { cwd: work, env, stdio: "pipe", detached: !WINDOWS, shell: WINDOWS });
}

interface Output {
  readonly stdout: string;
  readonly said: string;
  readonly status: number | null;
}

function finished(
  child: ChildProcess,
  prompt: string,
  bytes: number,
  end: (failure: AgentFailure) => void,
): Promise<Output> {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new TypeError("the agent was started without pipes");
  return new Promise((done, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    let said = "";
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      reject(
        new AgentFailure(503, missing ? "it is not installed: no such command on the PATH" : error.message),
      );
    });
    stdin.on("error", () => undefined); // it may end before it read the prompt; its status then gives the reason
    stdin.end(prompt);
    stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bytes) parts.push(chunk);
      else end(new AgentFailure(502, `it wrote more than ${bytes.toLocaleString("en")} bytes`));
    });
    stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-SAID);
    });
    child.once("exit", () => {
      // A process that it started may keep its output open.
      setTimeout(() => {
        stdout.destroy();
        stderr.destroy();
      }, GRACE).unref();
    });
    child.once("close", (status) => done({ stdout: Buffer.concat(parts).toString(), said, status }));
  });
}

/** A new folder that only this user can change: Gemini reads no settings below one that others can write to. */
function privateFolder(): string {
  const places = [tmpdir(), process.env.XDG_RUNTIME_DIR ?? "", homedir()].filter((place) => place !== "");
  const mine = WINDOWS ? tmpdir() : (places.find(isPrivate) ?? homedir());
  return mkdtempSync(join(mine, ".overnight-bridge-"));
}

/** Whether others can write neither to the folder nor to one above it. */
function isPrivate(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const above = dirname(folder);
  return (statSync(folder).mode & 0o022) === 0 && (above === folder || isPrivate(above));
}

/** Why a call was ended; one that was too slow because it waited for its quota says that. */
function why(reason: AgentFailure, said: string): AgentFailure {
  const known = AgentFailure.of(said);
  return reason.status === 504 && known.status === 429 ? known : reason;
}

/** What an agent says that ended with an error: in its own form, or else in a line. */
function failed(agent: Agent, status: number | null, stdout: string, said: string): AgentFailure {
  try {
    agent.read(stdout, said);
  } catch (error) {
    if (!(error instanceof AgentFailure)) throw error;
    if (!error.message.startsWith(UNREADABLE)) return error;
  }
  const { status: code, message } = AgentFailure.of(said.trim() === "" ? stdout : said);
  const how = status === null ? "was killed" : `ended with status ${status}`;
  return new AgentFailure(code, message === "" ? `it ${how} and said nothing` : `it ${how}: ${message}`);
}

/** Ends the agent and all processes that it started; does nothing if they have ended. */
function killTree({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  if (WINDOWS) {
    spawn("taskkill", ["/pid", `${pid}`, "/t", "/f"], { stdio: "ignore" }).once("error", () => undefined);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // None of its processes is alive; for a zombie macOS reports EPERM.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
