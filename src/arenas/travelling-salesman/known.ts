// Candidates with known results, for the readiness check.
import type { Cheat } from "../contract/arena.ts";

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;
const GIVEN = "{ cities }: { cities: readonly number[][] }";

/** The cities in the given order. */
export const worse = lines(`export function solve(${GIVEN}) {`, "  return cities.map((_, i) => i);", "}");

/** The first city over and over. */
export const garbage = lines(`export function solve(${GIVEN}) {`, "  return cities.map(() => 0);", "}");

export const cheats: readonly Cheat[] = [
  {
    name: "a tour that leaves a city out",
    expect: "caught",
    source: lines(`export function solve(${GIVEN}) {`, "  return cities.map((_, i) => i).slice(1);", "}"),
  },
  {
    name: "moving the cities together before they are measured",
    expect: "useless",
    source: lines(
      "export function solve({ cities }: { cities: number[][] }) {",
      "  for (const city of cities) city[0] = city[1] = 0;",
      "  return cities.map((_, i) => i);",
      "}",
    ),
  },
  {
    name: "replacing the measuring functions",
    expect: "caught",
    source: lines(
      `export function solve(${GIVEN}) {`,
      "  Math.hypot = () => 0;",
      "  return cities.map((_, i) => i);",
      "}",
    ),
  },
  {
    name: "cities between two numbers",
    expect: "caught",
    source: lines(`export function solve(${GIVEN}) {`, "  return cities.map((_, i) => i / 2);", "}"),
  },
];
