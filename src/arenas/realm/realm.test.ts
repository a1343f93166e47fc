import { describe, expect, it } from "vitest";
import { compile } from "../../runner/index.ts";
import { testRealms } from "../testing/realms.ts";
import { askRealm } from "./ask.ts";
import type { Task } from "../contract/arena.ts";

const dialect = { file: "solution.ts", modules: [], gives: ["solve"], most: 10_000 };
const limits = { seconds: 60, file: "solution.ts", signal: new AbortController().signal };
const ask = (source: string, tasks: readonly Task[], ticks = 10_000) =>
  askRealm(
    testRealms,
    { code: compile(source, dialect), entry: "solve", tasks, ticks, seeds: tasks.map((_, i) => i) },
    limits,
  );
const given = (...all: readonly number[]) => all.map((value) => ({ given: value }));

describe("a realm", () => {
  it("returns data and counts the statements", async () => {
    const source =
      "export function solve(n: number) { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }";
    const { outputs, ticks } = await ask(source, given(3, 5));
    expect(outputs).toEqual([3, 10]);
    expect(ticks[1] - ticks[0]).toBe(2);
  });

  it("keeps nothing from one task to the next", async () => {
    const source = [
      "let calls = 0;",
      "const seen = new Map<string, number>();",
      "export function solve() { calls++; seen.set('a', calls); return [calls, seen.size]; }",
    ].join("\n");
    expect((await ask(source, given(1, 2, 3))).outputs).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it("ends everything that an earlier task started", async () => {
    const source = [
      "export async function later() { for (;;) { await null; } }",
      "export function solve(n: number) { void later(); return n; }",
    ].join("\n");
    expect((await ask(source, given(1, 2))).outputs).toEqual([1, 2]);
  });

  it("draws by seed", async () => {
    const source = "export function solve(_: number, random: () => number) { return [random(), random()]; }";
    const first = (await ask(source, given(0, 0))).outputs;
    expect(first[0]).not.toEqual(first[1]);
    expect((await ask(source, given(0, 0))).outputs).toEqual(first);
  });

  it("shows an item of a stream only when the one before it was answered", async () => {
    const source = [
      "export function solve() {",
      "  let before = 0;",
      "  return (item: number) => { const sum = before + item; before = item; return sum; };",
      "}",
    ].join("\n");
    expect((await ask(source, [{ given: null, stream: [1, 2, 3] }])).outputs).toEqual([[1, 3, 5]]);
    await expect(
      ask("export function solve() { return 1; }", [{ given: null, stream: [1] }]),
    ).rejects.toThrow("solve returned number, expected a function that takes one item at a time");
  });

  it("names the line and stops at the very tick", async () => {
    const source = "export function solve() {\n  let i = 0;\n  while (true) i++;\n}";
    await expect(ask(source, given(1), 100)).rejects.toThrow(
      "solution.ts:3: used more than 100 ticks (an endless loop?)",
    );
  });

  it("tells how many ticks are left", async () => {
    const source = [
      "export function solve(_: number, random: () => number, left: () => number) {",
      "  const before = left();",
      "  const x = random();",
      "  return before - left();",
      "}",
    ].join("\n");
    expect((await ask(source, given(1))).outputs).toEqual([2]);
  });

  it("ends when it is stopped", async () => {
    const control = new AbortController();
    control.abort();
    const request = { code: compile("export function solve() { return 1; }", dialect), entry: "solve" };
    await expect(
      askRealm(
        testRealms,
        { ...request, tasks: given(1), ticks: 10, seeds: [1] },
        { ...limits, signal: control.signal },
      ),
    ).rejects.toMatchObject({ code: "cancelled" });
  });

  it("that sends anything but an answer has crashed", async () => {
    const saying = (answer: unknown) => () =>
      Promise.resolve({ ask: () => Promise.resolve(answer), close: () => undefined });
    const request = { code: "", entry: "solve", tasks: given(1), ticks: 1, seeds: [1] };
    for (const answer of [null, "", "{", "[]", '{"type":"done","outputs":[],"ticks":[]}', '{"type":"done"}'])
      await expect(askRealm(saying(answer), request, limits)).rejects.toThrow("its realm gave no answer");
  });
});
