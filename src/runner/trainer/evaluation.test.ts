import { describe, expect, it, vi } from "vitest";
import { Evaluation, isEnded, LIMIT, MAX_EARLY } from "./evaluation.ts";

interface Marks {
  at(line: number): void;
  waits(line: number): void;
  woke<T>(line: number, value: T): T;
  threw(line: number, error: unknown): unknown;
  readonly globals: {
    readonly globalThis: Record<string, unknown>;
    setTimeout(work: () => void, ms: number, ...given: unknown[]): unknown;
    setInterval(work: () => void, ms: number): unknown;
    clearTimeout(id: unknown): void;
  };
}

function bench(scope: object = {}) {
  const time = { now: 0 };
  const reported: number[] = [];
  const evaluation = new Evaluation({
    now: () => time.now,
    timers: globalThis,
    scope,
    lineOf: null,
    onClock: null,
    module: () => ({}),
    tell: (line) => void reported.push(line),
  });
  return { time, reported, evaluation, lab: evaluation.lab as Marks };
}

describe("an evaluation", () => {
  it("reports a line at its first start, and ends a loop that does not yield", () => {
    const { time, reported, evaluation, lab } = bench();
    lab.at(2);
    const spin = () => {
      for (;;) {
        time.now += 1;
        lab.at(3);
      }
    };
    expect(spin).toThrow(/did not yield for 8 s/);
    expect(time.now).toBeLessThan(LIMIT + 100);
    expect(evaluation.line).toBe(3);
    // Once each, and line 3 again for every second of its loop.
    expect(reported).toEqual([2, ...Array<number>(8).fill(3)]);
  });

  it("counts anew after each yield", () => {
    const { time, reported, evaluation, lab } = bench();
    for (let i = 0; i < 100_000; i++) {
      time.now += 1;
      lab.at(1);
      if (i % 900 === 0) evaluation.yielded();
    }
    expect(reported).toEqual([1]);
  });

  it("reports lines again in every step of the rehearsal, and in a run after some time", () => {
    const { time, reported, evaluation, lab } = bench();
    const step = (rehearsal: boolean) => {
      lab.at(5);
      evaluation.stepped(rehearsal);
    };
    step(true);
    step(true);
    expect(reported).toEqual([5, 0, 5, 0]);
    step(false);
    step(false);
    expect(reported).toEqual([5, 0, 5, 0, 5, 0]);
    time.now += 3000;
    step(false);
    step(false);
    expect(reported).toEqual([5, 0, 5, 0, 5, 0, 5, 0]);
  });

  it("reports at most a thousand lines at once, because messages are counted", () => {
    const { reported, evaluation, lab } = bench();
    for (let line = 1; line <= 5000; line++) lab.at(line);
    expect(reported).toHaveLength(1000);
    evaluation.yielded();
    for (let line = 1; line <= 5000; line++) lab.at(5000 + line);
    expect(reported).toHaveLength(1025);
  });

  it("runs so many lines before the clock and no more, and after it as many as there is time for", () => {
    const { evaluation, lab } = bench();
    const run = (lines: number) => {
      for (let i = 0; i < lines; i++) lab.at(7);
    };
    run(MAX_EARLY);
    evaluation.begin(false);
    run(100);
    lab.at(8);
    expect(() => evaluation.begin(true)).toThrow(/ran more than 100,000,000 lines before the clock started/);
    expect(evaluation.line).toBe(7);
    const other = bench();
    other.evaluation.begin(true);
    for (let i = 0; i < MAX_EARLY + 100; i++) other.lab.at(7);
    other.evaluation.begin(true);
  });

  it("names the pending await, not one that was resolved or began before", () => {
    const { evaluation, lab } = bench();
    expect(evaluation.waitingLine).toBe(0);
    lab.waits(3);
    lab.waits(9);
    expect(evaluation.waitingLine).toBe(9);
    lab.waits(9);
    lab.woke(9, null);
    expect(evaluation.waitingLine).toBe(9);
    lab.woke(9, null);
    expect(evaluation.waitingLine).toBe(3);
    lab.woke(3, null);
    expect(evaluation.waitingLine).toBe(0);
  });

  it("ends for good: every call into it throws, and no timer runs", async () => {
    const { evaluation, lab } = bench();
    const late = vi.fn();
    lab.globals.setTimeout(late, 1);
    lab.globals.setInterval(late, 1);
    evaluation.end();
    for (const go of [() => lab.at(1), () => lab.waits(1), () => lab.woke(1, 1), () => lab.threw(1, 1)]) {
      let thrown: unknown;
      try {
        go();
      } catch (error) {
        thrown = error;
      }
      expect(isEnded(thrown)).toBe(true);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(late).not.toHaveBeenCalled();
    expect(isEnded(new Error("of train.ts"))).toBe(false);
    expect(isEnded(new Proxy({}, { getPrototypeOf: () => expect.unreachable() }))).toBe(false);
  });

  it("has globals of its own that share the worker's values and nothing that is written", async () => {
    const shared = { value: 1 };
    const scope = Object.assign(Object.create({ inherited: 2 }) as object, {
      shared,
      setTimeout: "the worker's",
    });
    const [one, two] = [bench(scope).lab.globals, bench(scope).lab.globals];
    expect(one.globalThis).toMatchObject({});
    expect(one.globalThis.shared).toBe(shared);
    expect(one.globalThis.inherited).toBe(2);
    expect(one.globalThis.setTimeout).toBe(one.setTimeout);
    expect(one.globalThis.globalThis).toBe(one.globalThis);
    one.globalThis.stash = 3;
    expect(two.globalThis.stash).toBe(undefined);
    expect(Reflect.has(scope, "stash")).toBe(false);
    expect(() => (one.globalThis.setTimeout = 1)).toThrow(/read only/);
    const ran: unknown[] = [];
    await new Promise<void>((resolve) => {
      function work(this: unknown, ...given: unknown[]) {
        ran.push(this, ...given);
        resolve();
      }
      one.setTimeout(work, 1, "a", "b");
    });
    expect(ran).toEqual([undefined, "a", "b"]);
    one.clearTimeout(one.setTimeout(() => expect.unreachable(), 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
