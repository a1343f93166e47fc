// The button that tests a connection: every cause of a failure has its own message.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  Capabilities,
  KeyRing,
  Ledger,
  type ModelConfig,
  testConnection,
} from "../../src/researchers/index.ts";
import { KEY } from "./lab.ts";
import { type Kind, KINDS, type ProviderServer, startProvider } from "./server.ts";

let server: ProviderServer;
beforeAll(async () => {
  server = await startProvider();
});
afterEach(() => server.clear());
afterAll(() => server.close());

const keys = new KeyRing();
for (const provider of KINDS) if (provider !== "compatible") keys.set(provider, KEY);
const test = (config: ModelConfig, more: Partial<Parameters<typeof testConnection>[1]> = {}) =>
  testConnection(config, {
    keys,
    permission: () => Promise.resolve(null),
    page: "https://lab.example/",
    ...more,
  });
const at = (provider: Kind): ModelConfig => ({
  provider,
  model: "model",
  address: server.address[provider],
});

describe("a connection that works", () => {
  it.each(KINDS)("%s reports success, and books the call", async (provider) => {
    const ledger = new Ledger({ table: [] });
    server.play({ text: "ready", usage: { input: 20, output: 2 } });
    const result = await test(at(provider), { ledger });
    expect(result.ok).toBe(true);
    expect(result.words).toMatch(/^model answered in /);
    expect(ledger.bookings).toMatchObject([{ experiment: -1, inputTokens: 20 }]);
    expect(JSON.stringify(server.probes.at(-1)?.headers)).toContain(provider === "compatible" ? "host" : KEY);
  });
});

describe("a connection that does not", () => {
  it("names key, credit, model and address", async () => {
    expect(await test({ provider: "anthropic", model: "m" }, { keys: new KeyRing() })).toMatchObject({
      ok: false,
      words: expect.stringMatching(/needs a key: https/) as string,
    });
    server.answerProbes({ status: 401, body: {} });
    expect((await test(at("openai"))).words).toMatch(/does not accept the key \(401\)/);
    server.answerProbes({
      status: 400,
      body: { error: { message: "API key not valid. Please pass a valid API key." } },
    });
    expect((await test(at("google"))).words).toMatch(/does not accept the key/);
    server.answerProbes({ status: 404, body: {} });
    expect((await test(at("anthropic"))).words).toMatch(/no model called model/);
    server.answerProbes({ status: 200, body: { data: [{ id: "qwen3:8b" }, { id: "llama4" }] } });
    expect(await test(at("compatible"))).toMatchObject({
      words: "the server has no model called model; it has qwen3:8b, llama4",
      models: ["qwen3:8b", "llama4"],
    });
    server.answerProbes(null);
    server.play({ status: 402, message: "Insufficient credits" });
    expect((await test(at("openrouter"))).words).toMatch(/no credit left/);
    expect((await test({ provider: "compatible", model: "m", address: "localhost:11434" })).words).toMatch(
      /needs an address/,
    );
  });

  it("distinguishes a server that is not running from one that forbids the page", async () => {
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(0, "127.0.0.1", resolve));
    const { port } = dead.address() as AddressInfo;
    await new Promise((resolve) => dead.close(resolve));
    const config: ModelConfig = {
      provider: "compatible",
      model: "m",
      address: `http://127.0.0.1:${port}/v1`,
    };
    expect((await test(config)).words).toMatch(/nothing answers at http:\/\/127.*is the server running/);
    // Like a browser: a response that the page may not read fails, a `no-cors` request succeeds.
    const forbidding: typeof fetch = (_, init) =>
      init?.mode === "no-cors"
        ? Promise.resolve(new Response(""))
        : Promise.reject(new TypeError("Failed to fetch"));
    expect((await test(config, { fetch: forbidding })).words).toMatch(
      /runs, but does not allow https:\/\/lab\.example.*CORS.*OLLAMA_ORIGINS=https:\/\/lab\.example/,
    );
  });

  it("names the browser's permission, mixed content, and the network", async () => {
    const silent: typeof fetch = () => Promise.reject(new TypeError("Failed to fetch"));
    const local: ModelConfig = { provider: "compatible", model: "m", address: "http://192.168.1.5:1234/v1" };
    const denied = (name: string) => Promise.resolve(name === "local-network-access" ? "denied" : null);
    expect((await test(local, { fetch: silent, permission: denied })).words).toMatch(
      /does not let this page reach the local network/,
    );
    expect((await test(local, { fetch: silent })).words).toMatch(
      /page opened over https may not reach http:/,
    );
    expect((await test({ provider: "openai", model: "m" }, { fetch: silent })).words).toMatch(
      /OpenAI cannot be reached.*api\.openai\.com/,
    );
  });

  it("names a key that cannot be one, and an address without its end", async () => {
    const dotted = new KeyRing();
    dotted.set("openrouter", "sk-or-v1-0123456789abcdef\u2022\u2022\u2022\u2022cdef");
    expect((await test(at("openrouter"), { keys: dotted })).words).toMatch(
      /the key of OpenRouter holds a character that no key has/,
    );
    const page: typeof fetch = () => Promise.resolve(new Response("404 page not found", { status: 404 }));
    const bare: ModelConfig = { provider: "compatible", model: "m", address: "http://localhost:11434" };
    expect((await test(bare, { fetch: page })).words).toMatch(
      /is not there \(404\): try http:\/\/localhost:11434\/v1/,
    );
  });

  it("learns during the test which features the server lacks", async () => {
    const capabilities = new Capabilities();
    server.play({ status: 400, message: "Unknown parameter: 'stream_options'" }, { text: "ready" });
    expect((await test(at("compatible"), { capabilities })).ok).toBe(true);
    expect(capabilities.of(at("compatible")).streamOptions).toBe(false);
  });

  it("respects the budget", async () => {
    const table = [
      {
        provider: "openai" as const,
        model: "model",
        input: 1,
        output: 1,
        read: "2026-11-20",
        source: "test",
      },
    ];
    const ledger = new Ledger({ caps: { dollars: 0 }, table });
    expect((await test(at("openai"), { ledger })).words).toMatch(/are left/);
  });
});
