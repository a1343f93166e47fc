// A script that plays an agent; the last word of the command line is its role. `told` reports the input that it got.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Buffer } from "node:buffer";
import { setTimeout } from "node:timers";

const words = process.argv.slice(2);
const role = words.includes("--as") ? words[words.indexOf("--as") + 1] : words.at(-1);
const prompt = role === "deaf" ? "" : readFileSync(0, "utf8");
const settings = process.env.GEMINI_CLI_SYSTEM_SETTINGS_PATH;

const foldersOf = (path) => (dirname(path) === path ? [] : [dirname(path), ...foldersOf(dirname(path))]);
const told = () =>
  JSON.stringify({
    words,
    prompt,
    folder: process.cwd(),
    files: readdirSync("."),
    keys: Object.keys(process.env).filter((name) => /API_KEY|AUTH_TOKEN|CLAUDECODE|^npm_/.test(name)),
    settings: settings === undefined ? null : JSON.parse(readFileSync(settings, "utf8")),
    place: settings === undefined ? null : dirname(settings),
    modes: settings === undefined ? [] : foldersOf(settings).map((folder) => statSync(folder).mode),
  });

const say = (stdout, stderr = "") => {
  if (stderr !== "") console.error(stderr);
  console.log(stdout);
};
const fail = (status, stdout, stderr = "") => {
  say(stdout, stderr);
  process.exitCode = status;
};
const lines = (events) => events.map((event) => JSON.stringify(event)).join("\n");

const USED_UP = "Claude usage limit reached";
const TOO_LONG = "Prompt is too long · the request is ~208310 tokens (limit 200000)";
const claude = (more) =>
  JSON.stringify({
    type: "result",
    subtype: "success",
    is_error: false,
    api_error_status: null,
    ...more,
    usage: { input_tokens: 3, cache_read_input_tokens: 40, output_tokens: 7 },
  });
const codexFailure = (message) =>
  lines([{ type: "turn.started" }, { type: "error", message }, { type: "turn.failed", error: { message } }]);
const inner = (code, message) => JSON.stringify({ error: { code, message, status: "INVALID_ARGUMENT" } });
const geminiFails = (code, message) => {
  const report = { session_id: "39d8", error: { type: "Error", message, code } };
  fail(code, "", `Error when talking to Gemini API {\n  status: 401\n}\n${JSON.stringify(report, null, 2)}`);
};

const roles = {
  ok: () => console.log(`answer to: ${prompt}`),
  told: () => console.log(told()),
  slow: () => setTimeout(() => console.log("at last"), 700),
  alone: () => {
    const place = prompt.split("\n").at(-1);
    mkdirSync(place); // throws if another one is running
    setTimeout(() => {
      rmdirSync(place);
      console.log("alone");
    }, 300);
  },
  never: () => setInterval(() => undefined, 1000),
  deaf: () => console.log("not read"),
  fails: () => {
    console.error("\u001b[31mthe model is on fire\u001b[0m\n");
    process.exitCode = 3;
  },
  "is logged out": () => {
    console.error("Please log in first");
    process.exitCode = 1;
  },
  "is used up": () => {
    console.error("You have reached your usage limit, try again at 5 pm");
    process.exitCode = 1;
  },
  garbage: () => process.stdout.write(Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x1b, 0x5b])),
  long: () => {
    const line = "x".repeat(1 << 16);
    const write = () => process.stdout.write(line, write);
    write();
  },
  nothing: () => undefined,
  leaves: () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    console.log(`${child.pid}`);
    child.unref();
  },
  // What Claude Code 2.1.197, Codex 0.171.0 and Gemini CLI 0.61.0 wrote on 30 November 2026.
  claude: () => say(claude({ result: told() })),
  "claude is used up": () => fail(1, claude({ is_error: true, api_error_status: 429, result: USED_UP })),
  "claude is logged out": () =>
    fail(1, claude({ is_error: true, result: "Not logged in · Please run /login" })),
  "claude gets too much": () => fail(1, claude({ is_error: true, api_error_status: 400, result: TOO_LONG })),
  "claude knows no flag": () => fail(1, "", "error: unknown option '--no-such-flag'"),
  codex: () => {
    const usage = { input_tokens: 13, cached_input_tokens: 4, output_tokens: 17, reasoning_output_tokens: 0 };
    const reconnecting = { type: "error", message: "Reconnecting... 2/5 (unexpected status 200 OK: {})" };
    const odd = { id: "item_0", type: "error", message: "Falling back from WebSockets to HTTPS transport." };
    const events = [
      { type: "thread.started", thread_id: "01a22c2f" },
      { type: "turn.started" },
      reconnecting,
      { type: "item.completed", item: odd },
      { type: "item.completed", item: { id: "item_1", type: "agent_message", text: told() } },
      { type: "turn.completed", usage },
    ];
    say(lines(events), "2026-11-30T11:20:47Z ERROR codex_api: failed to connect to Responses WebSocket");
  },
  "codex is used up": () => fail(1, codexFailure("You’ve hit your usage limit. Try again later.")),
  "codex is logged out": () =>
    fail(
      1,
      codexFailure("unexpected status 401 Unauthorized: invalid x-api-key, url: https://api.openai.com"),
    ),
  "codex gets too much": () =>
    fail(1, codexFailure("Codex ran out of room in the model's context window. Start a new thread.")),
  "codex gets far too much": () =>
    fail(
      1,
      "",
      "Error: turn/start failed: Input exceeds the maximum length of 1048576 characters. (code -32602)",
    ),
  "codex knows no flag": () =>
    fail(
      2,
      "",
      "error: unexpected argument '--no-such-flag' found\n\nUsage: codex exec [OPTIONS]\n\nFor more information, try '--help'.",
    ),
  gemini: () => {
    const models = { pro: { tokens: { input: 50, prompt: 50, candidates: 6, total: 58, thoughts: 2 } } };
    const response = { session_id: "477b", response: told(), stats: { models } };
    say(JSON.stringify(response, null, 2), "Ripgrep is not available. Falling back to GrepTool.");
  },
  "gemini is logged out": () => geminiFails(41, "Please set an Auth method in your settings.json"),
  "gemini has a bad key": () =>
    geminiFails(145, inner(400, "API key not valid. Please pass a valid API key.")),
  "gemini gets too much": () =>
    geminiFails(
      144,
      inner(400, "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)."),
    ),
  "gemini knows no flag": () =>
    fail(1, "", "Unknown arguments: such-flag, suchFlag\n\n  -h, --help  Show help"),
  "gemini ignores its settings": () =>
    say(
      JSON.stringify({ response: "an answer", stats: {} }),
      "Security Warning: Skipping system settings file '/tmp/s.json'",
    ),
  "gemini waits for its quota": () => {
    console.error(
      "Attempt 1 failed with status 429. Retrying with backoff... _ApiError: You exceeded your quota\n    at f (file:1:2) {\n  status: 429\n}",
    );
    setInterval(() => undefined, 1000);
  },
};
roles[role]();
