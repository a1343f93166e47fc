import { describe, expect, it } from "vitest";
import { UNKNOWN_USAGE, type Channel, type Delta, type Reply } from "./channel.ts";
import { failureOf } from "./failure.ts";
import { systemClock } from "./clock.ts";
import { watched } from "./stream-watchdog.ts";

const REPLY: Reply = { text: "x", toolCalls: [], finish: "stop", usage: UNKNOWN_USAGE, raw: null };
const request = { system: "", turns: [], tools: [], answerTokens: 1000 };
const never = () => new AbortController().signal;

/** A channel that says `deltas`, then answers, or never does. */
function saying(deltas: Iterable<string>, answers: boolean): Channel & { signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  return {
    signals,
    tools: false,
    reachable: () => Promise.resolve(true),
    call: async (_, onDelta, signal) => {
      signals.push(signal);
      for (const text of deltas) {
        if (signal.aborted) break;
        onDelta({ kind: "text", text });
        await Promise.resolve();
      }
      return answers ? REPLY : new Promise<Reply>(() => undefined);
    },
  };
}

async function outcome(channel: Channel, limits: object, signal = never()) {
  const heard: Delta[] = [];
  const watch = { silence: 60_000, total: 60_000, charactersPerToken: 12, ...limits };
  try {
    const reply = await watched(channel, systemClock, watch).call(
      request,
      (delta) => heard.push(delta),
      signal,
    );
    return { reply, heard, failure: null };
  } catch (error) {
    return { reply: null, heard, failure: failureOf(error) };
  }
}

describe("the watch over a call", () => {
  it("lets an answer through", async () => {
    const { reply, heard } = await outcome(saying(["a", "b"], true), {});
    expect(reply).toBe(REPLY);
    expect(heard.map(({ text }) => text)).toEqual(["a", "b"]);
  });

  it("ends a silent call, also on a channel that ignores the abort, and books the received tokens", async () => {
    const channel = saying(["abc"], false);
    const { failure } = await outcome(channel, { silence: 30 });
    expect(failure).toMatchObject({ kind: "timeout", charged: true, received: 3 });
    expect(channel.signals[0]?.aborted).toBe(true);
  });

  it("ends a call that takes too long in total", async () => {
    function* slowly() {
      for (;;) yield "word ";
    }
    const { failure } = await outcome(saying(slowly(), false), {
      total: 20,
      charactersPerToken: 1e9,
      silence: 1e9,
    });
    expect(["timeout", "endless"]).toContain(failure?.kind);
  });

  it("ends an answer without end", async () => {
    function* endless() {
      for (let i = 0; ; i++) yield `${i} is a number, `;
    }
    const { failure } = await outcome(saying(endless(), false), {});
    expect(failure).toMatchObject({ kind: "endless", charged: true });
  });

  it("ends an answer that goes round in circles, and white space without end", async () => {
    for (const unit of ["const x = 1;\n", "\n", " the the"]) {
      const { failure } = await outcome(
        saying(
          Array.from({ length: 20_000 }, () => unit),
          false,
        ),
        { charactersPerToken: 1e9 },
      );
      expect(failure, unit).toMatchObject({ kind: "endless" });
    }
  });

  it("stops when its signal aborts", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 10);
    const { failure } = await outcome(saying(["a"], false), {}, stop.signal);
    expect(failure).toMatchObject({ kind: "cancelled", charged: true });
  });
});
