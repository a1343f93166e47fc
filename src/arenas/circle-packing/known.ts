// Candidates with known results, for the readiness check.
import type { Cheat } from "../contract/arena.ts";

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;

/** Equal circles on a grid. */
export const worse = lines(
  "export function solve({ n }: { n: number }) {",
  "  const side = Math.ceil(Math.sqrt(n));",
  "  const r = 0.499999 / side;",
  "  return Array.from({ length: n }, (_, i) => [",
  "    ((i % side) + 0.5) / side,",
  "    (Math.floor(i / side) + 0.5) / side,",
  "    r,",
  "  ]);",
  "}",
);

/** Circles as large as the square, one over another. */
export const garbage = lines(
  "export function solve({ n }: { n: number }) {",
  "  return Array.from({ length: n }, () => [0.5, 0.5, 0.5]);",
  "}",
);

const grid = (radius: string) => worse.replace("0.499999 / side", radius);

export const cheats: readonly Cheat[] = [
  {
    name: "an overlap of 1e-7, as a tolerance would allow",
    expect: "caught",
    source: grid("0.5 / side + 1e-7"),
  },
  {
    name: "circles that stick out of one edge",
    expect: "caught",
    source: worse.replace("((i % side) + 0.5) / side,", "((i % side) + 0.6) / side,"),
  },
  { name: "a radius that is no number", expect: "caught", source: grid("NaN") },
  { name: "a radius below nothing", expect: "caught", source: grid("-1") },
  {
    name: "a number that changes when it is read",
    expect: "caught",
    source: lines(
      "export function solve({ n }: { n: number }) {",
      "  let reads = 0;",
      "  return { length: n, toJSON: () => Array.from({ length: n }, () => [0.5, 0.5, reads++ > 3 ? 0.5 : 0.01]) };",
      "}",
    ),
  },
];
