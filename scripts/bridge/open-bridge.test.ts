// The bridge over real sockets, with a small script that plays an agent.
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { sdkChannel } from "../../src/researchers/model/wire/sdk.ts";
import { failureOf } from "../../src/researchers/model/wire/failure.ts";
import { KeyRing } from "../../src/researchers/model/keys/keys.ts";
import { agentOf, type Agent } from "./agents.ts";
import { type Bridge, type BridgeOptions, openBridge } from "./open-bridge.ts";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "testing", "agent.mjs");
const TOKEN = "a-token-of-a-test";
const ORIGIN = "http://localhost:4600";
const bin = mkdtempSync(join(tmpdir(), "overnight-agents-"));
const open: Bridge[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const bridge of open.splice(0)) await bridge.close();
});
afterAll(() => rmSync(bin, { recursive: true }));

/** A bridge to the script `agent.mjs` in a role. */
async function bridgeTo(agent: Agent | string, options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const played = typeof agent === "string" ? agentOf([process.execPath, SCRIPT, agent]) : agent;
  const bridge = await openBridge({
    agent: typeof agent === "string" ? { ...played, name: "scripted" } : played,
    port: 0,
    token: TOKEN,
    origin: ORIGIN,
    limits: { seconds: 20, bytes: 1 << 20 },
    ...options,
  });
  open.push(bridge);
  return bridge;
}

/** The script `agent.mjs` under the name of a known agent, in a role. */
function knownAs(name: string, role: string): Agent {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${SCRIPT}' --as '${role}' "$@"\n`);
  chmodSync(path, 0o755);
  return agentOf([path, "--model", "best"]);
}

const chat = (content: string, more: object = {}, model = "scripted") => ({
  model,
  messages: [
    { role: "system", content: "the rules" },
    { role: "user", content },
  ],
  ...more,
});

async function post(bridge: Bridge, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${bridge.address}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const answerOf = (text: string) =>
  (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0].message.content;
const errorOf = (text: string) => (JSON.parse(text) as { error: { message: string } }).error.message;

interface Told {
  readonly words: string[];
  readonly prompt: string;
  readonly folder: string;
  readonly files: string[];
  readonly keys: string[];
  readonly settings: unknown;
}

describe("a call", () => {
  it("is answered at once or as a stream", async () => {
    const bridge = await bridgeTo("ok");
    const { status, text } = await post(bridge, chat("what next?"));
    expect(status).toBe(200);
    expect(answerOf(text)).toBe("answer to: the rules\n\nwhat next?\n");
    const streamed = await post(bridge, chat("what next?", { stream: true }));
    expect(streamed.headers.get("content-type")).toBe("text/event-stream");
    const events = streamed.text.trimEnd().split("\n\n");
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(events[0]).toContain('"content":"answer to: the rules\\n\\nwhat next?\\n"');
    expect(events[1]).toContain('"finish_reason":"stop"');
  });

  it("runs in an empty folder that is gone afterwards, without npm's variables", async () => {
    vi.stubEnv("npm_config_something", "1");
    const bridge = await bridgeTo("told");
    const told = JSON.parse(answerOf((await post(bridge, chat("?"))).text)) as Told;
    expect(told).toMatchObject({ files: [], keys: [], words: ["told"] });
    expect(existsSync(told.folder)).toBe(false);
  });

  it("sends the whole conversation with each call, because an agent keeps no state", async () => {
    const bridge = await bridgeTo("ok");
    const messages = [
      { role: "system", content: "rules" },
      { role: "user", content: [{ type: "text", text: "first" }] },
      { role: "assistant", content: "wrong" },
      { role: "user", content: "again" },
    ];
    const { text } = await post(bridge, { model: "scripted", messages });
    expect(answerOf(text)).toBe("answer to: rules\n\nfirst\n\n# You answered\n\nwrong\n\n# Then\n\nagain\n");
  });

  it("waits for the call before it", async () => {
    const bridge = await bridgeTo("alone");
    const place = join(bin, "alone");
    const answers = await Promise.all([1, 2, 3].map(() => post(bridge, chat(place))));
    expect(answers.map(({ text }) => answerOf(text))).toEqual(["alone\n", "alone\n", "alone\n"]);
  });

  it("is refused when too many calls wait", async () => {
    const bridge = await bridgeTo("slow");
    const answers = await Promise.all(Array.from({ length: 7 }, () => post(bridge, chat("?"))));
    const busy = answers.filter(({ status }) => status === 429);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0].headers.get("retry-after")).toBe("60");
  }, 30_000);

  it("ends its agent when the caller disconnects, and the next call begins", async () => {
    const failures: (string | null)[] = [];
    const bridge = await bridgeTo("never", { onCall: ({ failure }) => failures.push(failure) });
    const gone = new AbortController();
    const call = fetch(`${bridge.address}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(chat("?")),
      signal: gone.signal,
    });
    setTimeout(() => gone.abort(), 300);
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(failures).toEqual(["the call was ended"]), 10_000);
  });

  it("kills the processes that the agent started", async () => {
    const bridge = await bridgeTo("leaves");
    const pid = Number(answerOf((await post(bridge, chat("?"))).text));
    expect(pid).toBeGreaterThan(0);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), 10_000);
  });
});

describe("an agent that", () => {
  it.each([
    ["fails", 502, "scripted: it ended with status 3: the model is on fire"],
    ["is logged out", 401, "Please log in first (run it once by hand and log in)"],
    ["is used up", 429, "rate limit: You have reached your usage limit, try again at 5 pm"],
    ["long", 502, "it wrote more than 1,048,576 bytes"],
    ["nothing", 502, "it answered nothing"],
  ])("%s has a status and one line", async (role, status, line) => {
    const answer = await post(await bridgeTo(role), chat("?"));
    expect(answer.status).toBe(status);
    expect(errorOf(answer.text)).toContain(line);
  });
  it("exceeds its time limit is ended", async () => {
    const bridge = await bridgeTo("never", { limits: { seconds: 0.3, bytes: 100 } });
    const answer = await post(bridge, chat("?"));
    expect([answer.status, errorOf(answer.text)]).toEqual([504, "scripted: no answer within 0.3 s"]);
  });
  it("does not read its prompt answers all the same", async () => {
    const { text } = await post(await bridgeTo("deaf"), chat("x".repeat(1 << 20)));
    expect(answerOf(text)).toBe("not read\n");
  });
  it("writes garbage hands over text, which the lab then judges", async () => {
    const { status, text } = await post(await bridgeTo("garbage"), chat("?"));
    expect(status).toBe(200);
    expect(answerOf(text)).toContain("\ufffd");
  });
  it("is not installed is reported as not installed", async () => {
    const answer = await post(await bridgeTo(agentOf(["no-such-agent"])), chat("?", {}, "no-such-agent"));
    expect([answer.status, errorOf(answer.text)]).toEqual([
      503,
      "no-such-agent: it is not installed: no such command on the PATH",
    ]);
  });
  it("fails after a sign of life says so in the stream", async () => {
    const bridge = await bridgeTo("never", { alive: 100, limits: { seconds: 0.6, bytes: 100 } });
    const { status, text } = await post(bridge, chat("?", { stream: true }));
    expect(status).toBe(200);
    expect(text).toMatch(/"reasoning_content":" "/);
    expect(text).toContain('"message":"scripted: no answer within 0.6 s"');
    expect(text).not.toContain("[DONE]");
  });
});

describe.skipIf(process.platform === "win32")("known agents", () => {
  it("claude has no tools, no settings and no key, and reports its tokens", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "sk-ant-of-a-test");
    vi.stubEnv("CLAUDECODE", "1");
    const { text } = await post(await bridgeTo(knownAs("claude", "claude")), chat("?", {}, "claude"));
    const { words, ...told } = JSON.parse(answerOf(text)) as Told;
    expect(told).toMatchObject({ keys: [], files: [], prompt: "the rules\n\n?" });
    const line = words.join(" ");
    expect(line).toContain("-p --output-format json");
    expect(words[words.indexOf("--tools") + 1]).toBe("");
    expect(line).toContain("--strict-mcp-config");
    expect(line).toMatch(/--model best$/);
    expect(JSON.parse(text)).toMatchObject({
      usage: { prompt_tokens: 43, completion_tokens: 7, total_tokens: 50 },
    });
  });
  it("codex has no shell, no sub-agents, a read-only sandbox, a role, and its prompt on stdin", async () => {
    const { text } = await post(await bridgeTo(knownAs("codex", "codex")), chat("?", {}, "codex"));
    const { words, prompt } = JSON.parse(answerOf(text)) as Told;
    const line = words.join(" ");
    expect(line).toMatch(/^--as codex exec --json .*--sandbox read-only .*--model best -$/);
    for (const off of ["features.shell_tool=false", "features.view_image=false", "agents.enabled=false"])
      expect(line).toContain(`-c ${off}`);
    expect(line).toMatch(/model_instructions_file="[^"]+role\.md"/);
    expect(prompt).toBe("the rules\n\n?");
    expect(JSON.parse(text)).toMatchObject({ usage: { prompt_tokens: 13, completion_tokens: 17 } });
  });
  it("gemini has settings of its own without a tool, in a folder that nobody else can change", async () => {
    const { text } = await post(await bridgeTo(knownAs("gemini", "gemini")), chat("?", {}, "gemini"));
    const told = JSON.parse(answerOf(text)) as Told & { place: string; modes: number[] };
    expect(told).toMatchObject({ settings: { tools: { core: [] } }, files: [] });
    expect(told.words).toContain("--skip-trust");
    expect(told.modes.every((mode) => (mode & 0o022) === 0)).toBe(true);
    expect(existsSync(told.place)).toBe(false);
    expect(JSON.parse(text)).toMatchObject({ usage: { prompt_tokens: 50, completion_tokens: 8 } });
  });
  it.each([
    ["claude is used up", 429, "rate limit: Claude usage limit reached"],
    ["claude is logged out", 401, "Not logged in · Please run /login (run it once by hand and log in)"],
    ["claude gets too much", 413, "Prompt is too long · the request is ~208310 tokens (limit 200000)"],
    ["claude knows no flag", 502, "it ended with status 1: error: unknown option '--no-such-flag'"],
    ["codex is used up", 429, "rate limit: You’ve hit your usage limit. Try again later."],
    [
      "codex is logged out",
      401,
      "unexpected status 401 Unauthorized: invalid x-api-key, url: https://api.openai.com (run it once by hand and log in)",
    ],
    ["codex gets too much", 413, "Codex ran out of room in the model's context window. Start a new thread."],
    [
      "codex gets far too much",
      413,
      "it ended with status 1: Error: turn/start failed: Input exceeds the maximum length of 1048576 characters. (code -32602)",
    ],
    ["codex knows no flag", 502, "it ended with status 2: error: unexpected argument '--no-such-flag' found"],
    [
      "gemini is logged out",
      401,
      "Please set an Auth method in your settings.json (run it once by hand and log in)",
    ],
    [
      "gemini has a bad key",
      401,
      "API key not valid. Please pass a valid API key. (run it once by hand and log in)",
    ],
    [
      "gemini gets too much",
      413,
      "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
    ],
    ["gemini knows no flag", 502, "it ended with status 1: Unknown arguments: such-flag, suchFlag"],
    ["gemini ignores its settings", 502, "it ignored the settings that turn its tools off"],
  ])("%s: a status and one line", async (role, status, line) => {
    const name = role.split(" ")[0];
    const answer = await post(await bridgeTo(knownAs(name, role)), chat("?", {}, name));
    expect([answer.status, errorOf(answer.text)]).toEqual([status, `${name}: ${line}`]);
  });
  it("gemini says that it waited for its quota when it is ended", async () => {
    const limits = { seconds: 2, bytes: 1000 };
    const bridge = await bridgeTo(knownAs("gemini", "gemini waits for its quota"), { limits });
    const { status, text } = await post(bridge, chat("?", {}, "gemini"));
    expect([status, errorOf(text)]).toEqual([429, expect.stringMatching(/rate limit: Attempt 1 failed/)]);
  });
  it("garbage is no answer of a known agent", async () => {
    for (const name of ["claude", "codex", "gemini"]) {
      const odd = await post(await bridgeTo(knownAs(name, "garbage")), chat("?", {}, name));
      expect(odd.status).toBe(502);
      expect(errorOf(odd.text)).toContain(`${name}: not its JSON`);
    }
  });
});

describe("who may ask", () => {
  it("must hold the token", async () => {
    const bridge = await bridgeTo("ok");
    for (const authorization of ["", "Bearer", "Bearer wrong", TOKEN]) {
      expect((await post(bridge, chat("?"), { authorization })).status).toBe(401);
    }
    const models = await fetch(`${bridge.address}/models`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(await models.json()).toMatchObject({ data: [{ id: "scripted" }] });
  });
  it("is a page of the one origin, or no page", async () => {
    const bridge = await bridgeTo("ok");
    const allowed = await post(bridge, chat("?"), { origin: ORIGIN });
    expect(allowed.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    for (const origin of ["http://localhost:4601", "http://127.0.0.1:4600", "https://example.org", "null"]) {
      const { status, headers } = await post(bridge, chat("?"), { origin });
      expect([status, headers.get("access-control-allow-origin")]).toEqual([403, null]);
    }
    const asked = (origin: string) =>
      fetch(`${bridge.address}/chat/completions`, { method: "OPTIONS", headers: { origin } });
    const preflight = await asked(ORIGIN);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization, content-type");
    expect((await asked("https://example.org")).status).toBe(403);
  });
  it("names this machine as its host", async () => {
    const bridge = await bridgeTo("ok");
    const { port } = new URL(bridge.address);
    const status = (host: string) =>
      new Promise((done, reject) => {
        const headers = { host, authorization: `Bearer ${TOKEN}` };
        request({ port, host: "127.0.0.1", path: "/v1/models", headers }, (response) => {
          response.resume();
          done(response.statusCode);
        })
          .once("error", reject)
          .end();
      });
    expect(await status(`localhost:${port}`)).toBe(200);
    expect(await status(`evil.example:${port}`)).toBe(421);
    expect(await status("127.0.0.1")).toBe(421);
  });
  it("refuses a malformed body, an unknown model and an empty list of messages", async () => {
    const bridge = await bridgeTo("ok");
    const refused = async (body: unknown) => {
      const { status, text } = await post(bridge, body);
      return `${status} ${errorOf(text)}`;
    };
    expect(await refused("{")).toBe("400 the body is not a JSON object");
    expect(await refused(chat("?", {}, "gpt"))).toMatch(
      /^404 model "gpt" not found; the bridge has scripted/,
    );
    expect(await refused({ model: "scripted", messages: [] })).toMatch(/^400 messages/);
    expect(await refused({ model: "scripted", messages: [{ role: "user", content: 5 }] })).toMatch(/^400/);
    expect(await refused(chat("?", { tools: [{}] }))).toMatch(/^400 .*does not support tools/);
    const other = await fetch(`${bridge.address}/embeddings`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(other.status).toBe(404);
  });
});

describe("the lab's own channel", () => {
  const call = async (bridge: Bridge) => {
    const keys = new KeyRing();
    keys.set("bridge", TOKEN);
    const channel = sdkChannel({ provider: "bridge", model: "scripted", address: bridge.address }, { keys });
    const request = {
      system: "the rules",
      turns: [{ role: "user" as const, text: "what next?" }],
      tools: [],
      answerTokens: 500,
    };
    return channel.call(request, () => undefined, new AbortController().signal);
  };
  it("reads the stream", async () => {
    const reply = await call(await bridgeTo("ok", { alive: 50 }));
    expect(reply).toMatchObject({ text: "answer to: the rules\n\nwhat next?\n", finish: "stop" });
  });
  it.each([
    ["is used up", "rate"],
    ["is logged out", "key"],
    ["fails", "server"],
  ])("classifies the failure of an agent that %s", async (role, kind) => {
    const error: unknown = await call(await bridgeTo(role)).catch((thrown: unknown) => thrown);
    expect(failureOf(error)?.kind).toBe(kind);
  });
  it("classifies the failure of a stream that had begun, too", async () => {
    const bridge = await bridgeTo("never", { alive: 50, limits: { seconds: 0.4, bytes: 100 } });
    const error: unknown = await call(bridge).catch((thrown: unknown) => thrown);
    expect(failureOf(error)?.words).toContain("no answer within 0.4 s");
  });
});
