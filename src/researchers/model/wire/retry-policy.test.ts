import { describe, expect, it } from "vitest";
import { failure, failureError, failureOf, type FailureKind, retryAfter } from "./failure.ts";
import { DEFAULT_POLICY, persist, waitFor } from "./retry-policy.ts";
import { testClock } from "../testing/a-study.ts";

const never = new AbortController().signal;
const fail = (kind: FailureKind, more = {}) => failureError(failure(kind, kind, more));

function patience(script: readonly (Error | string)[], { reachable = true } = {}) {
  const clock = testClock();
  let calls = 0;
  const waits: number[] = [];
  const how = {
    policy: DEFAULT_POLICY,
    clock,
    random: () => 0.5,
    onWait: (_: unknown, ms: number) => waits.push(ms),
    reachable: () => Promise.resolve(reachable),
  };
  const call = () => {
    const next = script[calls++] ?? "over";
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  return { run: (signal = never) => persist(call, how, signal), waits, clock, calls: () => calls };
}

describe("retry-after", () => {
  it("is seconds, a date, or OpenAI's milliseconds", () => {
    const now = Date.parse("2026-11-20T12:00:00Z");
    expect(retryAfter({ "retry-after": "7" }, now)).toBe(7000);
    expect(retryAfter({ "retry-after": "0.5" }, now)).toBe(500);
    expect(retryAfter({ "retry-after": "Fri, 20 Nov 2026 12:01:30 GMT" }, now)).toBe(90_000);
    expect(retryAfter({ "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" }, now)).toBe(0);
    expect(retryAfter({ "retry-after-ms": "120", "retry-after": "7" }, now)).toBe(120);
    expect(retryAfter({ "retry-after": "soon" }, now)).toBeNull();
    expect(retryAfter({}, now)).toBeNull();
    expect(retryAfter({ "retry-after": "99999999" }, now)).toBe(86_400_000);
  });
});

describe("the policy", () => {
  it("waits longer each time, with jitter, never sooner than asked", () => {
    const how = (random: number) => ({ policy: DEFAULT_POLICY, random: () => random });
    const f = failure("server", "");
    expect([1, 2, 3, 4].map((n) => waitFor(how(1), f, n))).toEqual([1000, 2000, 4000, 8000]);
    expect(waitFor(how(0), f, 4)).toBe(4000);
    expect(waitFor(how(1), f, 30)).toBe(60_000);
    expect(waitFor(how(0), failure("rate", "", { retryAfter: 7000 }), 1)).toBe(7000);
    expect(waitFor(how(0.9), failure("rate", "", { retryAfter: 7000 }), 1)).toBe(7900);
  });

  it.each(["conflict", "rate", "server", "cut", "network"] as const)("tries again after %s", async (kind) => {
    const story = patience([fail(kind), fail(kind), "answer"]);
    expect(await story.run()).toBe("answer");
    expect(story.waits).toEqual([750, 1500]);
  });

  it.each([
    "key",
    "forbidden",
    "credit",
    "model",
    "request",
    "budget",
    "context",
    "lack",
    "thoughts",
    "cancelled",
  ] as const)("does not try again after %s", async (kind) => {
    const story = patience([fail(kind)]);
    await expect(story.run()).rejects.toThrow(kind);
    expect(story.calls()).toBe(1);
  });

  it.each(["refusal", "empty", "endless", "timeout"] as const)("tries once more after %s", async (kind) => {
    const story = patience([fail(kind), fail(kind), "answer"]);
    await expect(story.run()).rejects.toThrow(kind);
    expect(story.calls()).toBe(2);
  });

  it("gives up when attempts or patience are used up, and says how long to stay away", async () => {
    const five = patience(Array.from({ length: 9 }, () => fail("server")));
    const error = await five.run().catch((e: unknown) => e);
    expect(five.calls()).toBe(DEFAULT_POLICY.attempts);
    expect(failureOf(error)?.retryAfter).toBeGreaterThan(0);
    const long = patience([fail("rate", { retryAfter: 600_000 })]);
    const rest = failureOf(await long.run().catch((e: unknown) => e));
    expect([long.calls(), long.clock.slept]).toEqual([1, []]);
    expect(rest?.retryAfter).toBeGreaterThanOrEqual(600_000);
  });

  it("checks the connection for free before it sends a paid call", async () => {
    const story = patience([fail("network", { charged: true }), "answer"], { reachable: false });
    const f = failureOf(await story.run().catch((e: unknown) => e));
    expect(story.calls()).toBe(1);
    expect(f).toMatchObject({ kind: "network", charged: false });
  });

  it("rethrows errors that are no failures of a call, and stops when its signal aborts", async () => {
    await expect(patience([new TypeError("a bug")]).run()).rejects.toThrow(TypeError);
    const stop = new AbortController();
    const story = patience([fail("server"), "answer"]);
    stop.abort();
    await expect(story.run(stop.signal)).rejects.toThrow();
    expect(story.calls()).toBe(1);
  });
});
