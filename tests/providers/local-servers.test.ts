// Local servers with their real answers: dialects of tools, of streams and of refusals, and short contexts.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { setConstants } from "../../src/researchers/source/constants.ts";
import { answerText, BASELINE, briefOf, entry, SEED } from "../../src/researchers/model/testing/a-study.ts";
import { Capabilities, serverModel } from "../../src/researchers/model/keys/capabilities.ts";
import { openLab, wordsOf } from "./lab.ts";
import { event } from "./plays.ts";
import { type Kind, type Play, type ProviderServer, startProvider } from "./server.ts";

let server: ProviderServer;
beforeAll(async () => {
  server = await startProvider();
});
afterEach(() => server.clear());
afterAll(() => server.close());

const EDIT = { search: "const DEPTH = 4;", replace: "const DEPTH = 6;" };
const SUBMIT = { hypothesis: "deeper", expected: "1.98", falsify: "2 or more", edits: [EDIT] };
const deep = setConstants(SEED, { DEPTH: 6 });

describe("tool calls", () => {
  it("count when the server leaves them in the text", async () => {
    const lab = openLab(server, "compatible");
    const from = server.received.length;
    server.play(
      {
        text: `<think>look first</think><tool_call>\n{"name": "readExperiment", "arguments": {"number": 0}}\n</tool_call>`,
      },
      {
        text: `<tool_call>\n<function=submit>\n<parameter=hypothesis>\ndeeper\n</parameter>\n<parameter=edits>\n${JSON.stringify([EDIT])}\n</parameter>\n</function>\n</tool_call>`,
      },
    );
    expect((await lab.propose()).source).toBe(deep);
    expect(server.received.at(-1)?.text).toContain("readExperiment answers:");
    expect(server.received.length - from).toBe(2);
    expect(lab.of("sent-back")).toEqual([]);
  });

  it("count with arguments that can be repaired", async () => {
    const lab = openLab(server, "compatible");
    server.play({
      tools: [{ name: "submit", input: {}, raw: JSON.stringify(SUBMIT).replace("]}", ",],}") }],
    });
    expect((await lab.propose()).source).toBe(deep);
  });

  it("count with edits in a string, and under a name with a prefix", async () => {
    const lab = openLab(server, "compatible");
    const input = { ...SUBMIT, edits: JSON.stringify([EDIT]) };
    server.play({ tools: [{ name: "functions.submit", input }] });
    expect((await lab.propose()).source).toBe(deep);
  });

  it("count where none were offered", async () => {
    const lab = openLab(server, "compatible", { config: { tools: false } });
    server.play({ tools: [{ name: "submit", input: SUBMIT }] });
    expect((await lab.propose()).source).toBe(deep);
  });
});

describe("a complete answer is never thrown away", () => {
  const chunk = (delta: object, finish: string | null = null) =>
    event({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  const text = chunk({ role: "assistant", content: answerText(6) });
  const usage = { prompt_tokens: 3000, completion_tokens: 100, total_tokens: 3100 };
  const done = event("[DONE]");
  const call = (fn: object, more = {}) =>
    chunk({ tool_calls: [{ index: 0, id: "t", type: "function", function: fn, ...more }] });
  const whole = {
    id: "c",
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: answerText(6) }, finish_reason: "stop" }],
    usage,
  };
  const bodies: Readonly<Record<string, string>> = {
    "usage without choices": text + chunk({}, "stop") + event({ id: "c", usage }) + done,
    "no reason before [DONE]": text + done,
    "no reason and no [DONE], but the usage": text + event({ choices: [], usage }),
    "no [DONE]": text + chunk({}, "stop"),
    "events of other kinds": `: ping\n\nevent: ping\ndata: {"type":"ping"}\n\n${event({ type: "stats", speed: 3 })}${text}${event("pong")}${chunk({}, "stop")}${done}`,
    "an error behind the end":
      text + chunk({}, "stop") + event({ error: { message: "cleaning up", code: 500 } }),
    "half an event behind the end": `${text}${chunk({}, "stop")}data: {"usage":`,
    "an empty reason in every chunk":
      text.replace('"finish_reason":null', '"finish_reason":""') + chunk({}, "stop") + done,
    "messages instead of deltas":
      event({ choices: [{ message: { content: answerText(6) }, finish_reason: "stop" }] }) + done,
    "a list of parts": chunk({ content: [{ type: "text", text: answerText(6) }] }) + chunk({}, "stop") + done,
    "Windows line ends": (text + chunk({}, "stop") + done).replaceAll("\n", "\r\n"),
    "arguments as an object": call({ name: "submit", arguments: SUBMIT }) + chunk({}, "tool_calls") + done,
    "a call without id, index and type":
      chunk({ tool_calls: [{ function: { name: "submit", arguments: JSON.stringify(SUBMIT) } }] }) + done,
    "a call in pieces":
      call({ name: "submit", arguments: JSON.stringify(SUBMIT).slice(0, 50) }) +
      chunk({
        tool_calls: [{ index: 0, function: { name: null, arguments: JSON.stringify(SUBMIT).slice(50) } }],
      }) +
      chunk({}, "tool_calls") +
      done,
    "the older function_call":
      chunk({ function_call: { name: "submit", arguments: JSON.stringify(SUBMIT) } }) +
      chunk({}, "function_call") +
      done,
    "another word for the reason": text + chunk({}, "eos") + done,
    "numbers and nulls where words belong":
      event({
        id: 7,
        created: "today",
        model: null,
        choices: [{ index: 0, delta: { role: "model", reasoning: { steps: 1 }, content: answerText(6) } }],
      }) +
      chunk({ role: null }, "stop") +
      done,
  };
  it.each(Object.entries(bodies))("%s", async (_, body) => {
    const lab = openLab(server, "compatible");
    const from = server.received.length;
    server.play({ body });
    expect((await lab.propose()).source).toBe(deep);
    expect(server.received.length - from).toBe(1);
    expect(lab.ledger.bookings).toHaveLength(1);
  });
  it.each(["text/plain", "application/octet-stream", "application/json"])(
    "a stream called %s",
    async (type) => {
      const lab = openLab(server, "compatible");
      server.play({ body: text + chunk({}, "stop") + done, type });
      expect((await lab.propose()).source).toBe(deep);
    },
  );
  it.each(["application/json", "text/plain", "application/octet-stream"])(
    "no stream at all (%s)",
    async (type) => {
      const lab = openLab(server, "compatible");
      server.play({ body: JSON.stringify(whole), type });
      expect((await lab.propose()).source).toBe(deep);
      expect(lab.ledger.bookings).toMatchObject([
        { inputTokens: 3000, outputTokens: 100, certainty: "billed" },
      ]);
    },
  );
  it("but a call with a cut answer is repeated", async () => {
    const lab = openLab(server, "compatible");
    server.play({ body: text }, { text: answerText(6) });
    expect((await lab.propose()).source).toBe(deep);
    expect(lab.of("wait")).toHaveLength(1);
  });
  it("but one that was cut where every chunk counts tokens is repeated", async () => {
    const lab = openLab(server, "compatible");
    const counted = chunk({ content: answerText(6).slice(0, 90) }).replace(
      "}]}",
      `}],"usage":${JSON.stringify(usage)}}`,
    );
    expect(counted).toContain("usage");
    server.play({ body: counted }, { text: answerText(6) });
    expect((await lab.propose()).source).toBe(deep);
    expect(lab.of("wait")).toHaveLength(1);
  });
  it.each([
    ["Groq", event({ choices: [], x_groq: { usage } })],
    ["Moonshot", event({ choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] })],
    ["llama.cpp", event({ choices: [], timings: { prompt_n: 300, cache_n: 2700, predicted_n: 100 } })],
    ["other names", event({ choices: [], usage: { input_tokens: 3000, output_tokens: 100 } })],
    ["digits", event({ choices: [], usage: { prompt_tokens: "3000", completion_tokens: "100" } })],
    [
      "DeepSeek",
      event({
        choices: [],
        usage: { ...usage, prompt_cache_hit_tokens: 2048, prompt_cache_miss_tokens: 952 },
      }),
    ],
  ])("books the tokens where a server puts them: %s", async (name, counts) => {
    const lab = openLab(server, "compatible");
    server.play({ body: text + chunk({}, "stop") + counts + done });
    await lab.propose();
    expect(lab.ledger.bookings).toMatchObject([
      {
        inputTokens: 3000,
        outputTokens: 100,
        certainty: "billed",
        cachedTokens: name === "DeepSeek" ? 2048 : 0,
      },
    ]);
  });
  it("counts that are none are an estimate", async () => {
    const lab = openLab(server, "compatible");
    const counts = event({ choices: [], usage: { prompt_tokens: -1, completion_tokens: null } });
    server.play({ body: text + chunk({}, "stop") + counts + done });
    expect((await lab.propose()).source).toBe(deep);
    const [booking] = lab.ledger.bookings;
    expect(booking).toMatchObject({ certainty: "estimated" });
    expect(booking?.inputTokens).toBeGreaterThan(1000);
  });
  it("usage of zero is an estimate", async () => {
    const lab = openLab(server, "compatible");
    server.play({ text: answerText(6), usage: { input: 0, output: 0 } });
    await lab.propose();
    const [booking] = lab.ledger.bookings;
    expect(booking).toMatchObject({ certainty: "estimated" });
    expect(booking?.inputTokens).toBeGreaterThan(1000);
    expect(booking?.outputTokens).toBeGreaterThan(30);
  });
});

describe("a feature that a server lacks is learned after one refusal, and remembered", () => {
  const servers: readonly (readonly [string, Kind, Play, keyof SentForm])[] = [
    [
      "vLLM",
      "compatible",
      {
        status: 400,
        message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      },
      "tools",
    ],
    [
      "llama.cpp without --jinja",
      "compatible",
      { status: 500, message: "tools param requires --jinja flag" },
      "tools",
    ],
    ["llama.cpp, older", "compatible", { status: 500, message: "Unsupported param: tools" }, "tools"],
    [
      "Groq",
      "compatible",
      { status: 400, message: "`tool calling` is not supported with this model" },
      "tools",
    ],
    [
      "Gemma at Google",
      "google",
      { status: 400, message: "Function calling is not enabled for models/gemma-3-12b-it" },
      "tools",
    ],
    [
      "Ollama",
      "compatible",
      { status: 400, message: "registry.ollama.ai/library/gemma3:4b does not support tools" },
      "tools",
    ],
    [
      "Bedrock behind a proxy",
      "compatible",
      { status: 400, message: "This model doesn't support tool use in streaming mode." },
      "tools",
    ],
    [
      "a strict server (422)",
      "compatible",
      { status: 422, message: "body.tools: Extra inputs are not permitted" },
      "tools",
    ],
    [
      "OpenRouter",
      "openrouter",
      { status: 404, message: "No endpoints found that support tool use" },
      "tools",
    ],
    [
      "in the middle of a stream",
      "compatible",
      { body: event({ error: { message: "tools are not supported by this template", code: 400 } }) },
      "tools",
    ],
    ["Gemma's template", "compatible", { status: 500, message: "System role not supported" }, "system"],
    [
      "Gemma at Google: rules",
      "google",
      { status: 400, message: "Developer instruction is not enabled for models/gemma-3-12b-it" },
      "system",
    ],
    [
      "a server without stream_options",
      "compatible",
      { status: 400, message: "Unknown parameter: 'stream_options'" },
      "options",
    ],
    [
      "a newer model",
      "compatible",
      {
        status: 400,
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      },
      "most",
    ],
    [
      "a server that does not stream",
      "compatible",
      { status: 400, message: "streaming is not supported" },
      "stream",
    ],
  ];
  type SentForm = ReturnType<typeof formOf>;
  const formOf = (body: Readonly<Record<string, unknown>>) => ({
    tools: "tools" in body,
    system: "systemInstruction" in body || JSON.stringify(body.messages ?? []).includes('"system"'),
    options: "stream_options" in body,
    most: "max_tokens" in body,
    stream: body.stream === true,
  });
  it.each(servers)("%s", async (_, kind, refusal, lack) => {
    const capabilities = new Capabilities();
    const lab = openLab(server, kind, { capabilities });
    const from = server.received.length;
    server.play(refusal, { text: answerText(6) }, { text: answerText(7) });
    expect((await lab.propose()).source).toBe(deep);
    await lab.propose();
    const sent = server.received.slice(from).map(({ body }) => formOf(body)[lack]);
    expect(sent).toEqual([true, false, false]);
    expect(lab.of("wait")).toEqual([]);
    expect(lab.of("notice")).toHaveLength(1);
    // Another lab with the same table already knows it.
    const again = openLab(server, kind, { capabilities: new Capabilities(capabilities.table) });
    server.play({ text: answerText(8) });
    await again.propose();
    expect(formOf(server.received.at(-1)?.body ?? {})[lack]).toBe(false);
  });

  const unknown: readonly (readonly [keyof SentForm, string, number, Play])[] = [
    ["tools", "llama.cpp's template", 1, { status: 500, message: "Value is not callable: null at row 58" }],
    ["tools", "LM Studio", 1, { status: 400, message: "Error rendering prompt: Unknown filter: safe" }],
    ["tools", "vLLM's template", 1, { status: 400, message: "'dict object' has no attribute 'parameters'" }],
    ["options", "a strict server", 2, { status: 422, message: "value is not a valid dict" }],
    ["system", "an odd template", 3, { status: 400, message: "the first turn belongs to a person" }],
  ];
  it.each(unknown)(
    "%s, also from a refusal that does not name it (%s)",
    async (lack, _, refusals, refusal) => {
      const lab = openLab(server, "compatible");
      const from = server.received.length;
      // A server repeats its own error (500) once before the lab believes it.
      const said = Array.from({ length: refusals * (refusal.status === 500 ? 2 : 1) }, () => refusal);
      server.play(...said, { text: answerText(6) }, { text: answerText(7) });
      expect((await lab.propose()).source).toBe(deep);
      await lab.propose();
      const last = server.received.slice(from).slice(-2);
      for (const { body } of last) {
        const all = { tools: true, system: true, options: true, most: true, stream: true };
        expect(formOf(body)).toEqual({ ...all, [lack]: false });
      }
      expect(lab.of("notice")).toHaveLength(1);
    },
  );

  it("but nothing is learned where the server refuses every form, or breaks for another reason", async () => {
    const lab = openLab(server, "compatible");
    const from = server.received.length;
    const refusal = { status: 400, message: "no" };
    server.play(refusal, refusal, refusal, refusal, { text: answerText(6) });
    expect(await wordsOf(lab.propose())).toMatch(/rejects the request \(400\): no/);
    expect(server.received.length - from).toBe(4);
    await lab.clock.sleep(3_600_000, new AbortController().signal);
    expect((await lab.propose()).source).toBe(deep);
    expect(Object.values(formOf(server.received.at(-1)?.body ?? {}))).not.toContain(false);
    expect(lab.of("notice")).toEqual([]);
  });

  it("and tools, where a template still wants two roles once the rules have moved", async () => {
    const lab = openLab(server, "compatible");
    const from = server.received.length;
    const alternate = {
      status: 400,
      message: "Conversation roles must alternate user/assistant/user/assistant/...",
    };
    server.play(alternate, alternate, { text: answerText(6) });
    expect((await lab.propose()).source).toBe(deep);
    expect(server.received.slice(from).map(({ body }) => "tools" in body)).toEqual([true, true, false]);
  });

  it("a model whose name holds that of a feature is a model", async () => {
    const lab = openLab(server, "compatible");
    server.play({ status: 404, message: "model 'llama3-groq-tool-use' not found, try pulling it first" });
    expect(await wordsOf(lab.propose())).toMatch(
      /no such model \(404\): model 'llama3-groq-tool-use' not found/,
    );
    expect(lab.of("notice").map(({ level }) => level)).toEqual(["error"]);
  });

  it("and so is a model that never submits", async () => {
    const lab = openLab(server, "compatible", { steps: 3 });
    const from = server.received.length;
    const look: Play = { tools: [{ name: "readFile", input: { path: "train.ts" } }] };
    server.play(look, look, look, { text: answerText(6) });
    expect(await wordsOf(lab.propose())).toMatch(/did not submit/);
    expect((await lab.propose()).source).toBe(deep);
    expect(server.received.slice(from).map(({ body }) => "tools" in body)).toEqual([true, true, true, false]);
  });

  it("a person's setting overrides the default, and can be removed", () => {
    const config = { provider: "compatible", model: "m", address: "http://localhost:1234/v1" } as const;
    const capabilities = new Capabilities();
    capabilities.set(config, "tools", false);
    capabilities.set(config, "context", 8192);
    expect(capabilities.of(config)).toMatchObject({ tools: false, context: 8192, answerTokens: 2457 });
    expect(Object.keys(capabilities.table)).toEqual([serverModel(config)]);
    capabilities.set(config, "tools", null);
    expect(capabilities.of(config).tools).toBe(true);
    expect(() => capabilities.set(config, "context", 12)).toThrow(/capability context, got 12/);
    expect(() => capabilities.set(config, "tools", 1)).toThrow(/expected yes or no/);
  });
});

describe("a short context", () => {
  const long = "A pattern: nothing was gained by this, and it was not even close\n".repeat(900);
  const facts = () => ({ learnings: long });
  it.each([
    [
      "vLLM",
      400,
      (n: number, p: number, a: number) =>
        `This model's maximum context length is ${n} tokens. However, you requested ${p + a} tokens (${p} in the messages, ${a} in the completion).`,
    ],
    [
      "llama.cpp",
      400,
      (n: number, p: number) =>
        `request (${p} tokens) exceeds the available context size (${n} tokens), try increasing it`,
    ],
    [
      "LM Studio",
      400,
      (n: number, p: number) =>
        `Trying to keep the first ${p} tokens when context the overflows. However, the model is loaded with context length of only ${n} tokens`,
    ],
    [
      "llama.cpp, older (500)",
      500,
      (n: number) => `the request exceeds the available context size (${n} tokens)`,
    ],
    ["an error without a number", 400, () => "the prompt is too long"],
  ] as const)("%s of 8k and of 4k: one refusal, then prompt and answer fit", async (_, status, words) => {
    for (const context of [8_192, 4_096]) {
      const first = openLab(server, "compatible", { facts });
      server.play({ text: answerText(6) });
      await first.propose();
      const sent = first.of("prompt")[0]?.tokens ?? 0;
      const lab = openLab(server, "compatible", { facts });
      const from = server.received.length;
      const sizes = () => {
        const { tokens = 0 } = lab.of("prompt").at(-1) ?? {};
        return { tokens, most: Number(server.received.at(-1)?.body.max_tokens) };
      };
      server.play(
        { status, message: words(context, sent, 6_000) },
        ...Array.from({ length: 3 }, () => ({ text: answerText(6) })),
      );
      expect((await lab.propose()).source).toBe(deep);
      expect(server.received.length - from).toBe(2);
      if (words(context, 0, 0).includes(String(context))) {
        const { tokens, most } = sizes();
        expect(tokens + most).toBeLessThanOrEqual(context);
        expect(most).toBeGreaterThan(700);
      }
      server.clear();
    }
  });

  it.each([
    ["vLLM", 8_192],
    ["vLLM", 4_096],
    ["Ollama", 8_192],
    ["Ollama", 4_096],
  ])("a lab on %s of %s tokens works from #1 to #200", async (name, context) => {
    let depth = 5;
    let [asked, away] = [0, 0];
    server.answerWith(({ body }) => {
      const { tools = [], messages, max_tokens: most } = body;
      const input = Math.ceil(JSON.stringify([messages, tools]).length / 3.6);
      asked += 1;
      const whole = { text: answerText(depth), usage: { input, output: 90 } };
      if (input + (name === "vLLM" ? Number(most) : 0) <= context) return whole;
      away += 1;
      const message = `This model's maximum context length is ${context} tokens and your request has ${input} input tokens`;
      return name === "vLLM"
        ? { status: 400, message }
        : { text: "What can I do for you?", usage: { input: context / 2 + 2, output: 9 } };
    });
    const history = [BASELINE];
    const manual = "export function f(a: Tensor): Tensor;\n".repeat(900);
    const learnings = () => "A pattern: nothing was gained by this\n".repeat(history.length);
    const lab = openLab(server, "compatible", { facts: () => ({ learnings: learnings() }) });
    for (let number = 1; number <= 200; number++) {
      depth = 20 + number;
      if ([1, 2, 100, 200].includes(number)) {
        const proposal = await lab.propose(briefOf({ number, history, manual }));
        expect(proposal.source, `#${number}`).toBe(setConstants(SEED, { DEPTH: depth }));
      }
      const words = "words ".repeat(30);
      history.push(
        entry(number, { source: `${number};\n`, hypothesis: words, reason: "no gain", lesson: words }),
      );
    }
    expect(away).toBeLessThanOrEqual(2);
    expect(asked).toBe(4 + away);
    expect(lab.of("prompt").at(-1)?.tokens).toBeLessThan(context);
  });

  it("a refused answer length is learned from the number in the refusal", async () => {
    const lab = openLab(server, "compatible", { facts });
    server.play(
      {
        status: 400,
        message: "max_tokens is too large: 6000. This model supports at most 4096 completion tokens",
      },
      { text: answerText(6) },
    );
    await lab.propose();
    expect(server.received.at(-1)?.body.max_tokens).toBe(4096);
    expect(lab.of("prompt")[1]?.tokens).toBe(lab.of("prompt")[0]?.tokens);
  });

  it("thoughts that used up the answer get more room, once, and the request is not repeated unchanged", async () => {
    const lab = openLab(server, "compatible");
    const spent: Play = { thought: "Hmm", end: "length" };
    server.play(spent, { text: answerText(6) }, spent, spent);
    expect((await lab.propose()).source).toBe(deep);
    expect(server.received.slice(-2).map(({ body }) => body.max_tokens)).toEqual([6000, 12000]);
    expect(await wordsOf(lab.propose())).toMatch(/thoughts used up/);
    expect(server.received.slice(-2).map(({ body }) => body.max_tokens)).toEqual([12000, 24000]);
  });

  it("an answer that ends within a thought in its text is never a draft of it, and the next gets more room", async () => {
    const lab = openLab(server, "compatible");
    server.play(
      { text: `<think>\nMaybe:\n${answerText(9)}\nNo, that is bad. Let me`, end: "length" },
      { text: answerText(6) },
    );
    expect((await lab.propose()).source).toBe(deep);
    expect(lab.of("sent-back")[0]?.words).toMatch(/cut off because it was too long/);
    expect(server.received.slice(-2).map(({ body }) => body.max_tokens)).toEqual([6000, 12000]);
  });

  it("an empty answer to a long prompt is followed by a shorter prompt", async () => {
    const lab = openLab(server, "compatible", { facts });
    server.play({ text: "" }, { text: answerText(6) });
    await lab.propose();
    const [first = 0, second = 0] = lab.of("prompt").map(({ tokens }) => tokens);
    expect(second).toBeLessThan(first * 0.7);
  });

  it("learned sizes grow again, up to the defaults", () => {
    const config = { provider: "compatible", model: "m", address: "http://localhost:1234/v1" } as const;
    const capabilities = new Capabilities();
    capabilities.learn(config, "promptTokens", 8_000, "the prompt was too long");
    const sizes = [0, 1, 2, 3].map(() => {
      capabilities.grow(config, "promptTokens", 1.25);
      return capabilities.of(config).promptTokens;
    });
    expect(sizes).toEqual([10_000, 12_500, 15_625, 16_000]);
    expect(capabilities.row(config).find(({ name }) => name === "promptTokens")?.from).toBe("default");
    capabilities.set(config, "promptTokens", 5_000);
    expect(capabilities.grow(config, "promptTokens", 2)).toBe(false);
  });

  it("tokens that came from a cache are no cut", async () => {
    const manual = "export function f(a: Tensor): Tensor;\n".repeat(900);
    const lab = openLab(server, "compatible", { config: { tools: true } });
    const read = { tools: [{ name: "readFile", input: { path: "train.ts" } }] };
    server.play(
      { ...read, usage: { input: 16000, output: 9 } },
      { ...read, usage: { input: 240, output: 9 } },
      { text: answerText(6), usage: { input: 310, output: 99 } },
    );
    expect((await lab.propose(briefOf({ manual }))).source).toBe(deep);
    expect(lab.of("notice")).toEqual([]);
  });
});

describe("an error that a retry cannot mend", () => {
  it("is reported in the server's own words, and not retried five times", async () => {
    const lab = openLab(server, "compatible");
    const from = server.received.length;
    server.play(
      ...Array.from({ length: 5 }, () => ({
        status: 500,
        message: "model requires more system memory (12 GiB) than is available (8 GiB)",
      })),
    );
    expect(await wordsOf(lab.propose())).toBe(
      "the provider has trouble (500): model requires more system memory (12 GiB) than is available (8 GiB)",
    );
    expect(server.received.length - from).toBe(2);
  });

  it("is not tried twice where the server does not implement it (501)", async () => {
    const lab = openLab(server, "compatible", { config: { tools: false } });
    const from = server.received.length;
    const missing = { status: 501, message: "not in this build" };
    server.play(missing, missing, missing, missing);
    expect(await wordsOf(lab.propose())).toMatch(/rejects the request \(501\)/);
    // Once in each form.
    expect(server.received.length - from).toBe(3);
  });

  it("waits until the time that the body says", async () => {
    const lab = openLab(server, "compatible");
    const until = lab.clock.now() + 7_200_000;
    server.play({ status: 429, message: `usage limit reached until ${new Date(until).toISOString()}` });
    expect(await wordsOf(lab.propose())).toMatch(/rate limit/);
    expect(lab.researcher.availability()).toMatchObject({ state: "resting", until: until + 500 });
  });

  it("waits as long as the body says", async () => {
    const lab = openLab(server, "compatible");
    server.play({ status: 429, message: "Quota of the day is used up. Please retry in 17 h" });
    expect(await wordsOf(lab.propose())).toMatch(/rate limit/);
    expect(lab.researcher.availability()).toMatchObject({
      state: "resting",
      until: lab.clock.now() + 61_200_500,
    });
  });

  it("an address that is wrong is called so", async () => {
    for (const play of [
      { status: 404, page: "404 page not found" },
      { body: "<html>A router</html>", type: "text/html" },
      { status: 404, page: '{"detail":"Not Found"}' },
      { status: 404, message: "File Not Found", error: "not_found_error" },
      { status: 404, message: "Invalid URL (POST /chat/completions)", error: "invalid_request_error" },
      {
        body: '{"error":"Unexpected endpoint or method. (POST /chat/completions)"}',
        type: "application/json",
      },
    ]) {
      const lab = openLab(server, "compatible");
      server.play(play);
      expect(await wordsOf(lab.propose())).toMatch(
        /no model answers at http:\/\/127\.0\.0\.1:\d+\/compatible\/v1 \(404\).*\/v1/,
      );
      expect(lab.researcher.availability().state).toBe("paused");
      expect(lab.ledger.bookings).toEqual([]);
    }
  });

  it("a key with a character that no key has is not sent", async () => {
    const lab = openLab(server, "openrouter");
    const from = server.received.length;
    lab.keys.set("openrouter", "sk-or-v1-0123456789abcdef\u2022\u2022\u2022cdef");
    expect(await wordsOf(lab.propose())).toMatch(
      /the key of OpenRouter holds a character that no key has \(U\+2022, at place 26\)/,
    );
    expect(server.received.length).toBe(from);
    expect(lab.researcher.availability().state).toBe("paused");
  });
});
