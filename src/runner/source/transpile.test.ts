import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { transpile } from "./transpile.ts";

/** Evaluates as the trainer does, with these objects as "nn" and "prepare". Returns the lines that ran, in order. */
async function evaluate(source: string, modules: Record<string, Record<string, unknown>> = {}) {
  const code = transpile(source);
  const body = runInThisContext(code.replace("export default ", "0, "), { filename: "train.ts" }) as (
    lab: unknown,
  ) => Promise<void>;
  const lines: number[] = [];
  const at = (line: number, value?: unknown) => {
    lines.push(line);
    return value;
  };
  const pass = (_: number, value: unknown) => value;
  await body({
    module: (name: string) => modules[name] ?? {},
    globals: { setTimeout },
    at,
    waits: at,
    woke: pass,
    threw: pass,
    made: pass,
    caught: () => undefined,
  });
  return lines;
}

/** The values that a program passes to `see`. */
async function seen(source: string): Promise<unknown[]> {
  const all: unknown[] = [];
  await evaluate(`import { see } from "nn";\n${source}`, { nn: { see: (x: unknown) => all.push(x) } });
  return all;
}

const lineOfThrow = async (source: string) => {
  try {
    await evaluate(source);
  } catch (error) {
    return Number(/train\.ts:(\d+)/.exec((error as Error).stack ?? "")?.[1]);
  }
  throw new Error("did not throw");
};

describe("transpile", () => {
  it("keeps every line where it was", async () => {
    const lines = [
      'import * as nn from "nn";',
      "import {",
      "  training,",
      "  type Step,",
      '} from "prepare";',
      "interface Shape { a: number;",
      "  b: string }",
      "enum Colour { red,",
      "  blue }",
      "class A { constructor(private x: number,",
      "  readonly y = 1) {} z: number = 3; }",
      "/* a comment",
      "   over lines */ const t = `a",
      "b`;",
    ];
    for (let at = 0; at <= lines.length; at++) {
      if ([2, 3, 4, 6, 8, 10, 12, 13].includes(at)) continue; // inside a construct
      const source = [...lines.slice(0, at), 'throw new Error("here");', ...lines.slice(at)].join("\n");
      expect(await lineOfThrow(source), `line ${at + 1}`).toBe(at + 1);
    }
  });

  it("binds imports, renamed ones and whole modules", async () => {
    const seen: unknown[] = [];
    await evaluate(
      'import * as nn from "nn";\nimport { a as b, type T, see } from "prepare";\nsee(nn.x, b);\nconst t: T = 1;',
      { nn: { x: 1 }, prepare: { a: 2, see: (...all: unknown[]) => seen.push(...all) } },
    );
    expect(seen).toEqual([1, 2]);
  });

  it("allows top-level await and drops exports", async () => {
    const seen: number[] = [];
    const source = [
      'import { see } from "nn";',
      "export const a = await Promise.resolve(3);",
      "export default class C { }",
      "export { a as b };",
      "for await (const x of [a, 2]) see(x);",
      "export async function f() { return 1 }",
      "see(await f()); // last",
    ].join("\n");
    await evaluate(source, { nn: { see: (x: number) => seen.push(x) } });
    expect(seen).toEqual([3, 2, 1]);
  });

  it("marks every iteration of every kind of loop, and changes no result", async () => {
    const source = [
      'import { see } from "nn";',
      "let n = 0;",
      "for (let i = 0; i < 3; i++) for (const j of [1, 2]) n += j;",
      "for (const k in { a: 1, b: 2 }) if (k) for (;;) break; else n = 100;",
      "while (n < 12) n++;",
      "do n++; while (n < 15)",
      "do { n++ } while (n < 17)",
      "outer: for (;;) { for (;;) continue outer2(); }",
      "function outer2() { }",
    ];
    source.splice(
      7,
      2,
      "outer: for (const a of [1, 2]) { for (;;) { n += a; continue outer; } }",
      "for (; n++ < 22; );",
      "see(n);",
    );
    const seen: number[] = [];
    const lines = await evaluate(source.join("\n"), { nn: { see: (x: number) => seen.push(x) } });
    expect(seen).toEqual([23]);
    const times = (line: number) => lines.filter((one) => one === line).length;
    // Each loop once, then its iterations.
    expect(times(3)).toBe(1 + 3 + 6);
    expect(times(4)).toBe(1 + 2 + 2 + 2);
    expect(times(5)).toBe(1 + 3);
    expect(times(6)).toBe(1 + 3);
    expect(times(7)).toBe(1 + 2);
    expect(times(8)).toBe(1 + 2 + 2 * 2);
    expect(times(9)).toBe(1 + 2);
  });

  it.each([
    ["functions", "function f() {}\nf(); f();", 2, 2],
    ["arrow functions", "const f = () => 1;\nf(); f();", 2, 1 + 2],
    ["those that give objects", "const f = (n) => ({ n });\nsee(f(3).n);", 2, 1 + 1],
    ["callbacks", "[1, 2, 3].map((x) => x);", 2, 1 + 3],
    [
      "methods, getters, generators",
      "const o = { m() {}, get g() { return 1; }, *s() {} }; o.m(); o.g; [...o.s()];",
      2,
      4 + 3,
    ],
    ["field values", "class A { x = String(1); static y = String(2) } new A();", 2, 2 + 2],
    ["class blocks", "class A { static { String(1); } }", 2, 1 + 1],
    ["branches", "if (see) String(1); else String(2);", 2, 1 + 1],
    ["cases", "switch (1) { case 1: String(1); break; default: String(2) }", 2, 1 + 2],
    ["empty loops", "let n = 0; while (n++ < 5); for (; n++ < 9;) {}", 2, 3 + 5 + 3],
  ])("marks %s", async (_, text, line, times) => {
    const lines = await evaluate(`import { see } from "nn"; see;\n${text}`, { nn: { see: () => undefined } });
    expect(lines.filter((one) => one === line)).toHaveLength(times);
  });

  it.each([
    ["const f = async (x) => await x; see(await f(3));", [3]],
    ["const f = async () => await (await Promise.resolve(async () => await 4))(); see(await f());", [4]],
    ["for (const x of await Promise.resolve([1, 2])) see(x)", [1, 2]],
    ["const a = [1, 2].map(x => y => x + y).map(f => f(1)); see(a.join())", ["2,3"]],
    ["let n = 0\nfor (;;) if (n++ > 2) break\n[1].forEach(x => see(x + n))", [5]],
    ["a: { see(1); break a; see(2) } see(3)", [1, 3]],
    ["try { throw 1, 2 } catch (e) { see(e) } finally { see(3) }", [2, 3]],
    ["try { null.x } catch ({ message }) { see(typeof message) }", ["string"]],
    ["try { JSON.parse('{') } catch { see(1) }", [1]],
    ["class A { f = () => this.x; x = 2 } const a = new A; see(a.f()); see(new A().f.name)", [2, "f"]],
    [
      "class A { constructor(x) { this.x = x } } class B extends A { constructor() { super(1) } } see(new B().x)",
      [1],
    ],
    ["const o = { get x() { return 1 }, ['y' + 1]() { return 2 } }; see(o.x + o.y1())", [3]],
    ["function* g() { const x = yield 1; yield x + 1 } const i = g(); i.next(); see(i.next(4).value)", [5]],
    ["async function* g() { yield await 1; yield 2 } for await (const x of g()) see(x)", [1, 2]],
    ["const f = (a, b = () => a + 1) => b(); see(f(1))", [2]],
    ["see(`a${await 1}b${(() => 2)()}`)", ["a1b2"]],
    ["const t = (s, ...v) => s.raw.join('-') + v; see(t`x${1}y`)", ["x-y1"]],
    ["if (false) see(1); else if (true) see(2); else see(3)", [2]],
    ["do see(1); while (false)\nsee(2)", [1, 2]],
    ["let i = 0; do { if (i == 1) continue; see(i) } while (++i < 3)", [0, 2]],
    ["var h = hoisted(); function hoisted() { return 7 } see(h)", [7]],
    ["see(new Error('m').message + Error('n').message)", ["mn"]],
    ["see((await import.meta) !== undefined)", null],
    ["const self = 1, setTimeout = 2; see(self + setTimeout)", [3]],
    ["const x = 1 /* c */ ; // d\nsee(x)", [1]],
    ["see([...(function* () { yield* [1, 2] })()].length)", [2]],
    ["see(await Promise.all([1, 2].map(async (x) => await x * 2)).then(a => a.join()))", ["2,4"]],
    ["switch (2) { case 1: see(1); case 2: see(2); case 3: { see(3); break } default: see(4) }", [2, 3]],
  ])("changes no result of %s", async (text, results) => {
    if (results === null)
      return expect(transpile(`import { see } from "nn";\n${text}`)).toContain("import.meta");
    expect(await seen(text)).toEqual(results);
  });

  it("gives the lab a name that a train.ts does not have", async () => {
    expect(transpile("const __lab0 = 1, __lab1 = 2;")).toContain("__lab2.at(1)");
    // With an escape it would be the same name, but such a name does not parse.
    expect(() => transpile("const \\u005f_lab0 = 1;")).toThrow(/^train\.ts:1: /);
    expect(await seen("{ const __lab0 = { at() { see(9) } }; for (const x of [1]) see(x); }")).toEqual([1]);
  });

  it("counts lines as editors do", async () => {
    const text = "\uFEFFconst a = 1;\r\n// \u2028 \u2029\r\nconst b = 2;\rthrow new Error('here');";
    expect(await lineOfThrow(text)).toBe(4);
    expect(transpile(text)).toContain(".threw(4,");
  });

  it("names the line of a syntax error", () => {
    expect(() => transpile("const a = 1;\nconst b = ;\n")).toThrow(/^train\.ts:2: /);
    expect(() => transpile("let a = 1;\nlet b = (1;\n")).toThrow(/^train\.ts:2: /);
    expect(() => transpile("}\n evil(); {")).toThrow(/^train\.ts:1: /);
  });

  it("refuses modules there are not", () => {
    expect(() => transpile('import "nn";\nimport fs from "fs"; fs;')).toThrow(
      /^train\.ts:2: cannot import "fs"/,
    );
    expect(() => transpile('\n\nawait import("https://evil.example/x.js");')).toThrow(
      /^train\.ts:3: import\(\)/,
    );
    expect(() => transpile('import nn from "nn"; nn;')).toThrow(/^train\.ts:1: "nn" has no default export/);
    expect(() => transpile("a".repeat(500_000))).toThrow(/too long/);
  });

  it("takes the seed", () => {
    expect(transpile(readFileSync("src/seed/train.ts", "utf8"))).toContain("for await");
  });
});
