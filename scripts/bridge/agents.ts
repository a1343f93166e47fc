// The supported command-line agents, with the flags that disable their tools: an agent gets a prompt on stdin and
// answers with text. Any other command runs unchanged and answers with its stdout.
import { existsSync } from "node:fs";
import { basename, delimiter, extname, join } from "node:path";
import { AgentFailure } from "./failure.ts";

export interface Reply {
  readonly text: string;
  /** Token counts of the agent; null where it gives none. */
  readonly usage: { readonly input: number; readonly output: number } | null;
}

export interface Agent {
  /** The agent's name as a model. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Settings that the agent reads from a file outside its working folder, and the variable that names the file. */
  readonly settings?: { readonly variable: string; readonly content: unknown };
  /** Environment variables to hide from the agent. */
  readonly hidden: readonly string[];
  /** Parses the complete stdout into the answer. Throws AgentFailure. */
  read(stdout: string): Reply;
}

const ROLE =
  "You answer one request of a laboratory. You have no tools and see no files. Answer in the form the request asks for.";

/** With one of these variables an agent would be billed by token instead of by its subscription. */
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
      // Both are needed: without the second flag, the MCP servers of the user's own settings stay.
      ["--tools", "", "--strict-mcp-config"],
      ["--setting-sources", "", "--disable-slash-commands"],
      ["--system-prompt", ROLE],
    ].flat(),
    read: readClaude,
  },
  codex: {
    args: [
      ["exec", "--skip-git-repo-check", "--ephemeral", "--ignore-user-config", "--color", "never"],
      // Features that cannot be disabled run in a read-only sandbox.
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

/** The agent for a command line; `words` has at least the command. The other words become its arguments. */
export function agentOf([command, ...more]: readonly [string, ...string[]]): Agent {
  const name = basename(command, extname(command)).toLowerCase() || command;
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : null;
  if (known === null) return { name, command, args: more, hidden: [], read: readText };
  // Codex reads its prompt from stdin if the last argument is `-`.
  const last = name === "codex" ? ["-"] : [];
  // An agent refuses to start inside a session of its own kind.
  const hidden = [...KEYS, "CLAUDECODE"];
  return { name, command, ...known, args: [...known.args, ...more, ...last], hidden };
}

/** Whether the command exists. */
export function isInstalled(command: string): boolean {
  const folders = /[\\/]/.test(command) ? [""] : (process.env.PATH ?? "").split(delimiter);
  const ends = process.platform === "win32" ? ["", ...(process.env.PATHEXT ?? "").split(";")] : [""];
  return folders.some((folder) => ends.some((end) => existsSync(join(folder, command + end))));
}

function readText(stdout: string): Reply {
  return { text: stdout, usage: null };
}

/** Parses `{ type: "result", is_error, result, usage }`, or a list with that as its last entry. */
function readClaude(stdout: string): Reply {
  const parsed = json(stdout);
  const result = record(Array.isArray(parsed) ? parsed.at(-1) : parsed);
  if (typeof result?.result !== "string") throw unreadable(stdout);
  if (result.is_error === true) throw AgentFailure.of(result.result);
  const usage = record(result.usage);
  const prompt = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
  return { text: result.result, usage: usageOf(prompt, ["output_tokens"], usage) };
}

/** Parses `{ response, stats: { models: { NAME: { tokens } } }, error }`. */
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

/** Token counts from a record with fields of these names; null without a name for either. */
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

/** The JSON value in a text, after any other lines. */
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
