// Candidates with known results, for the readiness check.
import type { Cheat } from "../contract/arena.ts";

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;

/** Worst fit: every item goes into a bin with the most room. */
export const worse = lines(
  "export function solve({ capacity }: { capacity: number }) {",
  "  const load: number[] = [];",
  "  return (item: number) => {",
  "    let bin = load.length;",
  "    for (let i = 0; i < load.length; i++)",
  "      if (load[i] + item <= capacity && (bin === load.length || load[i] < load[bin])) bin = i;",
  "    load[bin] = (load[bin] ?? 0) + item;",
  "    return bin;",
  "  };",
  "}",
);

/** All items in one bin. */
export const garbage = lines("export function solve() {", "  return () => 0;", "}");

export const cheats: readonly Cheat[] = [
  {
    name: "an answer that was written down",
    expect: "caught",
    source: lines(
      "const BINS = [0, 0, 1, 2, 2, 3, 4, 1, 5, 6, 5, 7];",
      "export function solve() {",
      "  let i = 0;",
      "  return () => BINS[i++ % BINS.length];",
      "}",
    ),
  },
  {
    name: "reading the clock",
    expect: "caught",
    source: lines(
      "export function solve() {",
      "  const start = Date.now();",
      "  return () => start % 2;",
      "}",
    ),
  },
  {
    name: "replacing a built-in function",
    expect: "caught",
    source: lines(
      "export function solve() {",
      "  Array.prototype.reduce = () => 1e9;",
      "  let n = 0;",
      "  return () => n++;",
      "}",
    ),
  },
  {
    name: "an answer between two bins",
    expect: "caught",
    source: lines(
      "export function solve() {",
      "  return (item: number) => 0.5 * item - 0.5 * item + 1e-9;",
      "}",
    ),
  },
];
