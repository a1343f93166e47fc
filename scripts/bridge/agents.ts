// The command-line agents that can answer for a model, each with the flags that take its own tools away: it gets a prompt
// on stdin and answers with text. What is not in the table is run as it is given and answers with its stdout.
import { existsSync } from "node:fs";
import { basename, delimiter, extname, join } from "node:path";
import { AgentFailure } from "./failure.ts";

export interface Reply {
  readonly text: string;
  /** Tokens as the agent counted them; null where it does not say. */
  readonly usage: { readonly input: number; readonly output: number } | null;
}

export interface Agent {
  /** Its name as a model. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Settings it reads from a file that lies outside its working folder, and the variable that names the file. */
  readonly settings?: { readonly variable: string; readonly content: unknown };
  /** Variables it must not see. */
  readonly hidden: readonly string[];
  /** Its answer, from all of its stdout. Throws AgentFailure. */
  read(stdout: string): Reply;
}

const ROLE =
  "You answer one request of a laboratory. You have no tools and see no files. Answer in the form the request asks for.";

/** With one of them set an agent would be billed by token, and not by its subscription. */
const KEYS = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "OPENAI_API_KEY",
  "CODEX_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_API_KEY",
];

type Known = Pick<Agent, "args" | "settings" | "read">;

const KNOWN: Readonly<Record<string, Known>> = {
  claude: {
    args: [
      ["-p", "--output-format", "json", "--no-session-persistence"],
      // Both: without the second the servers of the user's own settings stay.
      ["--tools", "", "--strict-mcp-config"],
      ["--setting-sources", "", "--disable-slash-commands"],
      ["--system-prompt", ROLE],
    ].flat(),
    read: readClaude,
  },
  codex: {
    args: [
      ["exec", "--skip-git-repo-check", "--ephemeral", "--ignore-user-config", "--color", "never"],
      // What it cannot be told to leave out, it can only do read-only.
      ["--sandbox", "read-only", "-c", "features.shell_tool=false", "-c", "features.unified_exec=false"],
      ["-c", "features.apps=false", "-c", 'web_search="disabled"'],
    ].flat(),
    read: readText,
  },
  gemini: {
    args: ["--output-format", "json", "--extensions", "none"],
    settings: {
      variable: "GEMINI_CLI_SYSTEM_SETTINGS_PATH",
      content: { tools: { core: [] }, mcp: { allowed: [] } },
    },
    read: readGemini,
  },
};

/** The agent of a command line; `words` has at least the command. What follows the command goes to it. */
export function agentOf([command, ...more]: readonly [string, ...string[]]): Agent {
  const name = basename(command, extname(command)).toLowerCase() || command;
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : null;
  if (known === null) return { name, command, args: more, hidden: [], read: readText };
  // Codex reads its prompt from stdin where the prompt is `-`, which comes last.
  const last = name === "codex" ? ["-"] : [];
  // An agent that finds itself inside a session of its own kind refuses to start.
  const hidden = [...KEYS, "CLAUDECODE"];
  return { name, command, ...known, args: [...known.args, ...more, ...last], hidden };
}

/** Whether the command is there to be run. */
export function isInstalled(command: string): boolean {
  const folders = /[\\/]/.test(command) ? [""] : (process.env.PATH ?? "").split(delimiter);
  const ends = process.platform === "win32" ? ["", ...(process.env.PATHEXT ?? "").split(";")] : [""];
  return folders.some((folder) => ends.some((end) => existsSync(join(folder, command + end))));
}

function readText(stdout: string): Reply {
  return { text: stdout, usage: null };
}

/** `{ type: "result", is_error, result, usage }`, or a list whose last entry is that. */
function readClaude(stdout: string): Reply {
  const parsed = json(stdout);
  const result = record(Array.isArray(parsed) ? parsed.at(-1) : parsed);
  if (typeof result?.result !== "string") throw unreadable(stdout);
  if (result.is_error === true) throw AgentFailure.of(result.result);
  const usage = record(result.usage);
  const prompt = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
  return { text: result.result, usage: usageOf(prompt, ["output_tokens"], usage) };
}

/** `{ response, stats: { models: { NAME: { tokens } } }, error }`. */
function readGemini(stdout: string): Reply {
  const result = record(json(stdout));
  const error = record(result?.error);
  if (error) throw AgentFailure.of(typeof error.message === "string" ? error.message : JSON.stringify(error));
  if (typeof result?.response !== "string") throw unreadable(stdout);
  const models = Object.values(record(record(result.stats)?.models) ?? {});
  const usages = models.map((model) =>
    usageOf(["prompt"], ["candidates", "thoughts"], record(record(model)?.tokens)),
  );
  const usage = usages.reduce(
    (sum, one) =>
      sum && one ? { input: sum.input + one.input, output: sum.output + one.output } : (sum ?? one),
    null,
  );
  return { text: result.response, usage };
}

/** Tokens of a record whose numbers have these names; null where it names none of either. */
function usageOf(
  input: readonly string[],
  output: readonly string[],
  from: Readonly<Record<string, unknown>> | null,
): Reply["usage"] {
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => {
      const value = from?.[name];
      return total + (typeof value === "number" && value > 0 ? value : 0);
    }, 0);
  const usage = { input: sum(input), output: sum(output) };
  return usage.input > 0 && usage.output > 0 ? usage : null;
}

/** The JSON value in a text that may have lines before it. */
function json(text: string): unknown {
  const start = /^[ \t]*[[{]/m.exec(text)?.index ?? 0;
  try {
    return JSON.parse(text.slice(start)) as unknown;
  } catch {
    throw unreadable(text);
  }
}

const unreadable = (text: string): AgentFailure =>
  new AgentFailure(502, `not its JSON: ${JSON.stringify(text.trim().slice(0, 80))}`);

const record = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
