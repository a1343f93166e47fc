// Hostile candidates for every arena, each with the reason of its end. Node and the browser word a few reasons differently.
import type { Manifest } from "../contract/manifest.ts";

const body = (...lines: readonly string[]) => `export function solve() {\n${lines.join("\n")}\n}\n`;

export const HOSTILE: readonly (readonly [name: string, source: string, reason: RegExp])[] = [
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

/** A hostile source for the entries of an arena. */
export function hostileFor({ candidate: { entries } }: Manifest, text: string): string {
  const [entry, second] = entries;
  const rest = second === undefined ? "" : `export const ${second} = (found: unknown) => found;\n`;
  return text.replace(/\bsolve\b/g, entry) + rest;
}
