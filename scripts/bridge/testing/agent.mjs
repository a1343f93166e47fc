// A script that plays an agent; the last word of the command line is its role. `told` reports the input that it got.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { Buffer } from "node:buffer";
import { setTimeout } from "node:timers";

const words = process.argv.slice(2);
const role = words.includes("--as") ? words[words.indexOf("--as") + 1] : words.at(-1);
const prompt = role === "deaf" ? "" : readFileSync(0, "utf8");
const settings = process.env.GEMINI_CLI_SYSTEM_SETTINGS_PATH;

const told = () =>
  JSON.stringify({
    words,
    prompt,
    folder: process.cwd(),
    files: readdirSync("."),
    keys: Object.keys(process.env).filter((name) => /API_KEY|AUTH_TOKEN|CLAUDECODE|^npm_/.test(name)),
    settings: settings === undefined ? null : JSON.parse(readFileSync(settings, "utf8")),
  });

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
  claude: () =>
    console.log(
      JSON.stringify({
        type: "result",
        is_error: false,
        result: told(),
        usage: { input_tokens: 3, cache_read_input_tokens: 40, output_tokens: 7 },
      }),
    ),
  "claude is used up": () =>
    console.log(JSON.stringify({ type: "result", is_error: true, result: "Claude usage limit reached" })),
  gemini: () =>
    console.log(
      `Loaded cached credentials.\n${JSON.stringify({
        response: told(),
        stats: { models: { pro: { tokens: { prompt: 50, candidates: 6, thoughts: 2 } } } },
      })}`,
    ),
};
roles[role]();
