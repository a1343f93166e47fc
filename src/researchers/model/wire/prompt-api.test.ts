import { afterEach, describe, expect, it } from "vitest";
import { failureOf } from "./failure.ts";
import {
  type LanguageModelApi,
  promptApiChannel,
  servePromptApi,
  windowLanguageModel,
} from "./prompt-api.ts";

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function connect(api: LanguageModelApi | null) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  servePromptApi(port1, api);
  return promptApiChannel(port2);
}

/** A browser's model that says `parts`, or fails. */
function fake(
  parts: readonly string[],
  error?: Error,
  availability: "available" | "downloadable" = "available",
) {
  const log: string[] = [];
  const api: LanguageModelApi = {
    availability: () => Promise.resolve(availability),
    create: ({ initialPrompts }) => {
      log.push(...initialPrompts.map(({ role, content }) => `${role}: ${content}`));
      return Promise.resolve({
        promptStreaming: (text, { signal }) => {
          log.push(text);
          return new ReadableStream<string>({
            start(controller) {
              for (const part of parts) controller.enqueue(part);
              if (error) controller.error(error);
              else if (parts.length > 0) controller.close();
              signal.addEventListener("abort", () =>
                controller.error(new DOMException("stop", "AbortError")),
              );
            },
          });
        },
        destroy: () => log.push("destroyed"),
      });
    },
  };
  return { api, log };
}

const request = {
  system: "rules",
  turns: [{ role: "user" as const, text: "study" }],
  tools: [],
  answerTokens: 100,
};
const signal = new AbortController().signal;

describe("Chrome's model over a port", () => {
  it("streams an answer and ends its session", async () => {
    const { api, log } = fake(["HYPO", "THESIS"]);
    const channel = connect(api);
    const heard: string[] = [];
    const reply = await channel.call(request, ({ text }) => heard.push(text), signal);
    expect([reply.text, heard]).toEqual(["HYPOTHESIS", ["HYPO", "THESIS"]]);
    expect(log).toEqual(["system: rules", "study", "destroyed"]);
    await channel.call(
      { ...request, turns: [...request.turns, { role: "model", reply }, { role: "user", text: "mend" }] },
      () => undefined,
      signal,
    );
    expect(log[4]).toBe("study\n\nYour answer was:\nHYPOTHESIS\n\nmend");
    expect(await channel.reachable(signal)).toBe(true);
  });

  it("fails in words", async () => {
    const kindOf = async (api: LanguageModelApi | null) =>
      failureOf(
        await connect(api)
          .call(request, () => undefined, signal)
          .catch((e: unknown) => e),
      )?.kind;
    expect(await kindOf(null)).toBe("model");
    expect(await kindOf(fake(["x"], undefined, "downloadable").api)).toBe("model");
    expect(await kindOf(fake(["x"], new DOMException("too long", "QuotaExceededError")).api)).toBe("context");
    expect(await kindOf(fake(["x"], new Error("gpu")).api)).toBe("server");
    expect(await connect(null).reachable(signal)).toBe(false);
    expect(windowLanguageModel({})).toBeNull();
  });

  it("stops when its signal aborts", async () => {
    const { api, log } = fake([]);
    const stop = new AbortController();
    const call = connect(api).call(request, () => undefined, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(call).rejects.toThrow(/no longer wanted/);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(log).toContain("destroyed");
  });
});
