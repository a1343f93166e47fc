// The supported command-line agents, with the flags that disable their tools: an agent gets a prompt on stdin and
// answers with text. Any other command runs unchanged and answers with its stdout.
import { existsSync } from "node:fs";
import { basename, delimiter, extname, join } from "node:path";
import { readClaude, readCodex, readGemini } from "./read-answer.ts";

export interface Reply {
  readonly text: string;
  /** Token counts of the agent; null where it gives none. */
  readonly usage: { readonly input: number; readonly output: number } | null;
}

/** How an agent is started. */
interface Start {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export interface Agent {
  /** The agent's name as a model. */
  readonly name: string;
  readonly command: string;
  /** Files that it reads, by name; they lie in a folder of their own. */
  readonly files: Readonly<Record<string, string>>;
  /** `pathOf`: the path of one of its files. */
  start(pathOf: (file: string) => string): Start;
  /** Environment variables to hide from the agent. */
  readonly hidden: readonly string[];
  /** Parses the complete output into the answer. Throws AgentFailure. */
  read(stdout: string, stderr: string): Reply;
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

type Known = Pick<Agent, "files" | "start" | "read">;

const config = (values: Readonly<Record<string, boolean | string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${JSON.stringify(value)}`]);

const CODEX_FEATURES = Object.fromEntries(
  [
    ["shell_tool", "unified_exec", "apps", "plugins", "hooks", "goals"],
    ["view_image", "image_generation", "sleep_tool", "tool_suggest"],
  ]
    .flat()
    .map((name) => [`features.${name}`, false]),
);

const KNOWN: Readonly<Record<string, Known>> = {
  claude: {
    files: {},
    start: () => ({
      args: [
        ["-p", "--output-format", "json", "--no-session-persistence"],
        // Both are needed: without the second flag, the MCP servers of the user's own settings stay.
        ["--tools", "", "--strict-mcp-config"],
        ["--setting-sources", "", "--disable-slash-commands"],
        // Without a name it sends the whole prompt once more, to be given a title.
        ["--name", "overnight", "--system-prompt", ROLE],
      ].flat(),
      variables: {},
    }),
    read: readClaude,
  },
  codex: {
    files: { "role.md": ROLE },
    start: (pathOf) => ({
      args: [
        ["exec", "--json", "--skip-git-repo-check", "--ephemeral", "--color", "never"],
        ["--ignore-user-config", "--ignore-rules"],
        // What cannot be disabled runs in a read-only sandbox.
        ["--sandbox", "read-only"],
        config({
          ...CODEX_FEATURES,
          "agents.enabled": false,
          web_search: "disabled",
          // Its own instructions take 26 kB, and speak of a workspace.
          model_instructions_file: pathOf("role.md"),
          "skills.include_instructions": false,
          include_environment_context: false,
          include_permissions_instructions: false,
        }),
      ].flat(),
      variables: {},
    }),
    read: readCodex,
  },
  gemini: {
    files: {
      "settings.json": JSON.stringify({
        tools: { core: [] },
        mcp: { allowed: [] },
        skills: { enabled: false },
        context: { includeDirectoryTree: false },
        general: { enableAutoUpdate: false },
      }),
      "role.md": ROLE,
    },
    start: (pathOf) => ({
      // It refuses to work in a folder that it was not told to trust.
      args: ["--skip-trust", "--output-format", "json", "--extensions", "none"],
      variables: {
        GEMINI_CLI_SYSTEM_SETTINGS_PATH: pathOf("settings.json"),
        GEMINI_SYSTEM_MD: pathOf("role.md"),
      },
    }),
    read: readGemini,
  },
};

/** The agent for a command line; `words` has at least the command. The other words become its arguments. */
export function agentOf([command, ...more]: readonly [string, ...string[]]): Agent {
  const name = basename(command, extname(command)).toLowerCase() || command;
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : null;
  if (known === null) {
    const start = () => ({ args: more, variables: {} });
    return { name, command, files: {}, start, hidden: [], read: (text) => ({ text, usage: null }) };
  }
  // Codex reads its prompt from stdin if the last argument is `-`.
  const last = name === "codex" ? ["-"] : [];
  const start: Agent["start"] = (pathOf) => {
    const { args, variables } = known.start(pathOf);
    return { args: [...args, ...more, ...last], variables };
  };
  // An agent refuses to start inside a session of its own kind.
  return { name, command, files: known.files, start, hidden: [...KEYS, "CLAUDECODE"], read: known.read };
}

/** Whether the command exists. */
export function isInstalled(command: string): boolean {
  const folders = /[\\/]/.test(command) ? [""] : (process.env.PATH ?? "").split(delimiter);
  const ends = process.platform === "win32" ? ["", ...(process.env.PATHEXT ?? "").split(";")] : [""];
  return folders.some((folder) => ends.some((end) => existsSync(join(folder, command + end))));
}
