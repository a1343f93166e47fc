// Hostile candidates in every arena: each run ends with one line that names the place.
import { describe, expect, it } from "vitest";
import { ARENAS } from "./arenas.ts";
import { compileCandidate, scoreSplit } from "./run/score-candidate.ts";
import { testRealms } from "./testing/realms.ts";

const never = new AbortController().signal;
const body = (...lines: readonly string[]) => `export function solve() {\n${lines.join("\n")}\n}\n`;

const HOSTILE: readonly (readonly [name: string, source: string, reason: RegExp])[] = [
  ["an endless loop", body("  for (;;) {}"), /^solution\.ts:2: used more than [\d,]+ ticks/],
  [
    "a loop that catches what ends it",
    body("for (;;) { try { for (;;) {} } catch {} }"),
    /^solution\.ts:2: used/,
  ],
  ["a recursion without end", body("return solve();"), /^solution\.ts:2: (used|RangeError)/],
  ["text as code", body('return (() => {}).constructor("for (;;) {}")();'), /^solution\.ts:2: TypeError/],
  [
    "text as code, asked by name",
    body('return eval("1");'),
    /^solution\.ts:2: ReferenceError|^solution\.ts:2: /,
  ],
  ["chance of its own", body("return Math.random();"), /^solution\.ts:2: Math\.random is not there/],
  ["the clock", body("return new Date();"), /^solution\.ts:2: ReferenceError|^solution\.ts:2: /],
  ["the process", body("return process.env;"), /^solution\.ts:2: /],
  ["a network", body('return fetch("https://example.com");'), /^solution\.ts:2: /],
  [
    "an import",
    `import fs from "node:fs";\n${body("return fs;")}`,
    /^solution\.ts:1: cannot import "node:fs"/,
  ],
  ["an import as it runs", body('return import("node:fs");'), /^solution\.ts:2: import\(\) is not available/],
  ["a prototype of everybody", body("Object.prototype.length = 9;"), /^solution\.ts:2: TypeError/],
  ["a global of everybody", body("Math = null;"), /^solution\.ts:2: TypeError/],
  ["the global object", body("return globalThis.Object;"), /^solution\.ts:2: TypeError/],
  ["an error that cannot be read", body("throw { get message() { throw 1; } };"), /^solution\.ts:2: threw/],
  ["no program", "export function solve( {", /^solution\.ts/],
  ["no function", "export const solver = 1;\n", /there is no exported function/],
  [
    "a text of 10 MB",
    `// ${"x".repeat(10_000_000)}\n${body("return 0;")}`,
    /^solution\.ts: too long, got 1000\d+ bytes/,
  ],
  ["an answer without end", body('return "x".repeat(9_000_000);'), /^solution\.ts/],
  ["an answer in a circle", body("const a: unknown[] = [];", "a[0] = a;", "return a;"), /^solution\.ts/],
  ["a number that is none", body("return [NaN];"), /./],
  ["an answer that never comes", body("return new Promise(() => {});"), /./],
  ["a module that never comes", `await new Promise(() => {});\n${body("return 0;")}`, /never comes/],
  ["an answer with a then of its own", body("return { then() {} };"), /./],
];

describe.each(ARENAS)("$manifest.id", (arena) => {
  const [entry, second] = arena.manifest.candidate.entries;
  const rest = second === undefined ? "" : `export const ${second} = (found: unknown) => found;\n`;

  it.each(HOSTILE)("ends %s", async (_name, text, reason) => {
    const source = text.replace(/\bsolve\b/g, entry) + rest;
    const asked = { split: "practice", instances: 1, seed: 1 } as const;
    const run = async () => scoreSplit(arena, testRealms, compileCandidate(arena, source), asked, never);
    const error: unknown = await run().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^(crash|invalid)$/) as string });
    const { message } = error as Error;
    expect(message).toMatch(reason);
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(600);
  });
});
