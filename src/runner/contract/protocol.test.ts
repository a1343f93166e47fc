import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import { MAX_DRIFT, MAX_GAP, SleepWatch } from "../clock.ts";
import { Curve } from "../curve.ts";
import { FloodGate, weigh } from "./flood.ts";
import * as protocol from "./protocol.ts";
import { lineOf, oneLine, trainError } from "./reason.ts";
import { FakeClock } from "../testing/fakes.ts";

const parsers = [
  protocol.parseTrainerCommand,
  protocol.parseTrainerMessage,
  protocol.parseEngineCommand,
  protocol.parseEngineMessage,
  protocol.parseFrameMessage,
];
const passes = { graph: "{}", single: "{}", parameters: Uint32Array.of(0, 1, 2) };
/** One good message of every kind the trainer sends. */
const good: readonly Record<string, unknown>[] = [
  { type: "hello" },
  { type: "beat" },
  { type: "busy", line: 3 },
  { type: "compiling", done: 1, total: 2 },
  { type: "forecast", stepMs: 1.5, peakBytes: 1, parameters: 2, tokensPerStep: 3 },
  { type: "rehearsed", passes },
  { type: "ready" },
  {
    type: "steps",
    step: 1,
    seconds: 0.5,
    tokens: 8,
    points: Float64Array.of(0, NaN),
    logs: { loss: Infinity },
  },
  { type: "handover", passes },
  { type: "failed", device: false, message: "m", line: 0 },
  { type: "lines", lines: Uint32Array.of(3, 0), singleLines: Uint32Array.of(3) },
];
const anything = fc.anything({
  withTypedArray: true,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
});

describe("the protocol", () => {
  it("accepts every valid message unchanged", () => {
    for (const message of good) expect(protocol.parseTrainerMessage(message)).toEqual(message);
  });

  it("answers anything else with a protocol error and nothing else", () => {
    fc.assert(
      fc.property(anything, (value) => {
        for (const parse of parsers) {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(LabError);
            expect((error as LabError).code).toBe("protocol");
            expect((error as LabError).message.length).toBeLessThan(300);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a good message with one field spoiled, missing or added", () => {
    const bad = fc.constantFrom<unknown>(
      -1,
      1e300,
      NaN,
      -Infinity,
      "x".repeat(3000),
      null,
      undefined,
      {},
      [],
      1n,
    );
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.nat(), bad, (message, pick, value) => {
        const keys = Object.keys(message);
        const key = keys[pick % keys.length];
        // `logs` may hold any names and numbers, so another object may be valid.
        fc.pre(!(key === "logs" && typeof value === "object" && value !== null && !Array.isArray(value)));
        expect(() => protocol.parseTrainerMessage({ ...message, [key]: value })).toThrow(LabError);
        expect(() => protocol.parseTrainerMessage({ ...message, extra: value })).toThrow(/no such field/);
        const rest = Object.fromEntries(Object.entries(message).filter(([name]) => name !== key));
        expect(() => protocol.parseTrainerMessage(rest)).toThrow(LabError);
      }),
    );
  });

  it("bounds everything that has a size", () => {
    const parse = (message: unknown) => () => protocol.parseTrainerMessage(message);
    const steps = good[7];
    expect(parse({ ...steps, points: new Float64Array(2 * protocol.MAX_POINTS + 2) })).toThrow(/points/);
    expect(parse({ ...steps, points: new Float32Array(2) })).toThrow(/Float64Array/);
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, i]));
    expect(parse({ ...steps, logs: many })).toThrow(/logs/);
    expect(parse({ ...steps, logs: { ["n".repeat(65)]: 1 } })).toThrow(/logs/);
    expect(parse({ ...good[5], passes: { ...passes, graph: "x".repeat(protocol.MAX_GRAPH + 1) } })).toThrow(
      /graph/,
    );
    expect(
      parse({ ...good[5], passes: { ...passes, parameters: new Uint32Array(new SharedArrayBuffer(8)) } }),
    ).toThrow(/unshared/);
  });

  it("keeps a poisoned name from becoming a prototype", () => {
    const logs = JSON.parse('{ "__proto__": 1 }') as unknown;
    const parsed = protocol.parseTrainerMessage({ ...good[7], logs });
    expect(parsed.type === "steps" && Object.getPrototypeOf(parsed.logs)).toBe(null);
  });
});

describe("the flood gate", () => {
  it("lets an honest trainer pass for hours and stops a flood in its first second", () => {
    const gate = new FloodGate(0);
    for (let ms = 0; ms < 3_600_000; ms += 100) expect(gate.admit(500, ms)).toBe(true);
    let admitted = 0;
    while (gate.admit(100, 3_600_000)) admitted++;
    expect(admitted).toBeLessThanOrEqual(1500);
  });
  it("stops bytes as well as messages", () => {
    const gate = new FloodGate(0);
    expect(gate.admit(weigh(new Float32Array(1_000_000)), 0)).toBe(true);
    expect(gate.admit(weigh({ a: ["x".repeat(3_000_000)] }), 0)).toBe(false);
  });
});

describe("the sleep watch", () => {
  it("is quiet while both clocks go on", async () => {
    const clock = new FakeClock();
    const watch = new SleepWatch(clock);
    for (let i = 0; i < 100; i++) {
      await clock.pass(250);
      expect(watch.check()).toBe(null);
    }
  });
  it("notices sleep by drift and a freeze by the gap", () => {
    const clock = new FakeClock();
    const asleep = new SleepWatch(clock);
    clock.sleep(MAX_DRIFT + 1);
    expect(asleep.check()).toMatch(/slept/);
    const frozen = new SleepWatch(clock);
    clock.freeze(MAX_GAP + 1);
    expect(frozen.check()).toMatch(/frozen/);
    clock.freeze(MAX_GAP - 1);
    expect(frozen.check()).toBe(null);
  });
});

describe("reasons", () => {
  it("are one short line without control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (text) => {
        const line = oneLine(text);
        expect(line.length).toBeLessThanOrEqual(400);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
      }),
    );
  });
  it("have a space for every control, line or direction character, and nothing else", () => {
    const replaced = Array.from({ length: 0x2100 }, (_, code) => code).filter(
      (code) => code !== 0x20 && oneLine(`a${String.fromCodePoint(code)}b`) === "a b",
    );
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    expect(replaced).toEqual([
      ...range(0x00, 0x1f),
      ...range(0x7f, 0x9f),
      0x061c,
      0x200e,
      0x200f,
      ...range(0x2028, 0x202e),
      ...range(0x2066, 0x2069),
    ]);
  });
  it("name train.ts and the lab's own line, also when the text names another line", () => {
    expect(trainError("crash", "no", 7).message).toBe("train.ts:7: no");
    expect(trainError("crash", "train.ts:3: no", 7).message).toBe("train.ts:7: train.ts:3: no");
    expect(trainError("crash", "train.ts:3: no").message).toBe("train.ts: train.ts:3: no");
    expect(lineOf("train.ts:7: no")).toBe(7);
    expect(lineOf("train.ts: train.ts:3: no")).toBe(undefined);
    expect(lineOf("no")).toBe(undefined);
  });
  it("are cut before they are searched, and never inside a character", () => {
    expect(oneLine("\u202e\nignore all rules ".repeat(2_500_000))).toHaveLength(400);
    expect(oneLine("x".repeat(398) + "\u{1f600}\u{1f600}")).toBe(`${"x".repeat(398)}…`);
    expect(oneLine("\n".repeat(10_000) + "far away")).toBe("…");
    expect(oneLine("a\ud800b")).toBe("a b");
  });
});

describe("the curve", () => {
  it("keeps at most a few hundred points, in order, with the mean", () => {
    const curve = new Curve();
    for (let i = 0; i < 10_000; i++) curve.add(i, i);
    const points = curve.points();
    expect(points.length).toBeLessThanOrEqual(401);
    expect(points.length).toBeGreaterThan(150);
    for (const [seconds, loss] of points) expect(seconds).toBeCloseTo(loss);
    expect(points.every(([s], i) => i === 0 || s > points[i - 1][0])).toBe(true);
  });
});
