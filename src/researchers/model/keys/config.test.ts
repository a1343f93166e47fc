import { describe, expect, it } from "vitest";
import { complete, isLocal, parseModelSpec, researcherName } from "./config.ts";
import { confinedFetch, connectSources } from "../wire/csp-sources.ts";

describe("a model's specification", () => {
  it("reads provider, model and address, with colons and at signs in names", () => {
    expect(parseModelSpec("anthropic:claude-sonnet-5-5")).toEqual({
      provider: "anthropic",
      model: "claude-sonnet-5-5",
    });
    expect(parseModelSpec("compatible:qwen3:8b@http://localhost:11434/v1")).toEqual({
      provider: "compatible",
      model: "qwen3:8b",
      address: "http://localhost:11434/v1",
    });
    expect(parseModelSpec("compatible:a@b@https://user.example/v1").model).toBe("a@b");
    expect(researcherName(parseModelSpec("openai:gpt-5.4"))).toBe("openai:gpt-5.4");
  });

  it("names the missing part", () => {
    expect(() => parseModelSpec("nobody:x")).toThrow(/no such provider.*anthropic/);
    expect(() => parseModelSpec("compatible:x")).toThrow(/needs an address/);
    expect(() => parseModelSpec("openai:")).toThrow(/name of a model/);
  });

  it("completes with the provider's defaults and keeps the given values", () => {
    const config = complete({
      provider: "openai",
      model: " m ",
      answerTokens: 5,
      address: "https://proxy.example/v1/",
    });
    expect(config).toMatchObject({
      model: "m",
      answerTokens: 5,
      address: "https://proxy.example/v1",
      tools: true,
    });
    expect(complete({ provider: "openai", model: "m", tools: undefined }).tools).toBe(true);
  });

  it("takes the whole address of Chat Completions for its base", () => {
    for (const end of ["", "/", "/chat/completions", "/chat/completions/", "/completions"]) {
      const address = `http://localhost:11434/v1${end}`;
      expect(complete({ provider: "compatible", model: "m", address }).address).toBe(
        "http://localhost:11434/v1",
      );
    }
  });

  it("recognises one's own servers", () => {
    const local = (address: string) => isLocal({ provider: "compatible", model: "m", address });
    for (const host of [
      "localhost",
      "127.0.0.1",
      "[::1]",
      "192.168.1.9",
      "10.0.0.2",
      "172.20.1.1",
      "mac.local",
    ]) {
      expect(local(`http://${host}:1234/v1`), host).toBe(true);
    }
    for (const host of ["api.example.com", "172.32.1.1", "localhost.example.com", "8.8.8.8"]) {
      expect(local(`https://${host}/v1`), host).toBe(false);
    }
    expect(isLocal({ provider: "anthropic", model: "m", address: "http://localhost/v1" })).toBe(false);
  });
});

describe("where a model may connect", () => {
  it("is the chosen provider's host alone", () => {
    expect(connectSources({ provider: "anthropic", model: "m" })).toEqual(["https://api.anthropic.com"]);
    expect(
      connectSources({ provider: "compatible", model: "m", address: "http://localhost:1234/v1" }),
    ).toEqual(["http://localhost:1234"]);
    expect(connectSources({ provider: "openai", model: "m", address: "https://proxy.example/v1" })).toEqual([
      "https://proxy.example",
    ]);
    expect(connectSources({ provider: "prompt-api", model: "" })).toEqual([]);
  });

  it("is held by fetch too: no other origin, no redirect, no cookies, no name of the SDK", async () => {
    const seen: RequestInit[] = [];
    const send = confinedFetch({ provider: "openai", model: "m" }, (_, init) => {
      seen.push(init ?? {});
      return Promise.resolve(new Response("{}"));
    });
    await send("https://api.openai.com/v1/responses", {
      headers: { "User-Agent": "ai-sdk", authorization: "Bearer k" },
    });
    expect(seen[0]).toMatchObject({ redirect: "error", credentials: "omit" });
    const headers = new Headers(seen[0]?.headers);
    expect([headers.get("user-agent"), headers.get("authorization")]).toEqual([null, "Bearer k"]);
    await expect(send("https://api.openai.com.evil.example/v1")).rejects.toThrow(/does not send/);
    expect(seen).toHaveLength(1);
  });
});
