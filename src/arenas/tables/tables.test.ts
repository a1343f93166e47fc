// Tables as arenas: labels stay outside, splits hold, and the probes find what they are for.
import { describe, expect, it } from "vitest";
import { uniform } from "../../random.ts";
import type { Arena } from "../contract/arena.ts";
import { probe } from "../run/probe.ts";
import { compileCandidate, meanScore, scoreSplit } from "../run/score-candidate.ts";
import { testRealms } from "../testing/realms.ts";
import type { TableInstance } from "./evaluate.ts";
import { tables } from "./index.ts";

const never = new AbortController().signal;
const open = (text: string, options: Record<string, string> = {}) =>
  tables.open({ name: "t.csv", bytes: new TextEncoder().encode(text) }, { target: "y", ...options });
const csv = (header: string, rows: number, line: (i: number) => string) =>
  `${[header, ...Array.from({ length: rows }, (_, i) => line(i))].join("\n")}\n`;
const random = uniform("tables.test");
const bit = (share: number) => (random() < share ? 1 : 0);

/** One feature that explains much of two classes, and one that explains nothing. */
const classes = csv("x,z,y", 400, () => {
  const y = bit(0.3);
  return `${(0.4 * y + random()).toFixed(4)},${random().toFixed(4)},${y === 1 ? "yes" : "no"}`;
});
const numbers = csv("x,z,y", 400, () => {
  const x = random();
  return `${x.toFixed(4)},${random().toFixed(4)},${(10 * x + 4 * random()).toFixed(3)}`;
});

const score = async (arena: Arena, source: string, seed = 1) => {
  const code = compileCandidate(arena, source);
  const asked = { instances: seed, seed };
  const validation = await scoreSplit(arena, testRealms, code, { ...asked, split: "validation" }, never);
  await probe(arena, testRealms, code, { ...asked, validation }, never);
  return validation;
};
const only = async (arena: Arena, split: "validation" | "test", seed = 1) =>
  (await arena.instances(split, seed))[0] as TableInstance;

describe("a table", () => {
  it("gives the candidate no label of the rows that it predicts", async () => {
    const arena = await open(
      csv("x,y", 200, (i) => `${i % 7},${1000 + i}`),
      { trust: "x" },
    );
    for (const split of ["validation", "test"] as const) {
      const instance = await only(arena, split);
      const task = JSON.stringify(arena.taskOf(instance));
      expect(instance.labels.length).toBeGreaterThan(20);
      for (const label of instance.labels) expect(task).not.toContain(`${label}`);
      for (const row of instance.train) expect(task).toContain(`${1000 + row}`);
    }
  });

  it.each([
    ["classes", classes, "1 − AUC"],
    ["numbers", numbers, "RMSE"],
  ])("of %s is learned, and passes its probes under several seeds", async (_, text, unit) => {
    const arena = await open(text);
    expect(arena.manifest.unit).toBe(unit);
    for (const seed of [1, 2, 3]) {
      const first = await score(arena, arena.first, seed);
      expect(meanScore(first)).toBeLessThan(
        0.8 * meanScore(await score(arena, arena.known.worse ?? "", seed)),
      );
    }
  });

  it("scores each row, and the mean of the rows is the score", async () => {
    for (const metric of ["auc", "logloss"]) {
      const arena = await open(classes, { metric });
      const { parts, evaluations } = await score(arena, arena.first);
      const weight = parts.reduce((sum, part) => sum + (part.weight ?? 1), 0);
      const mean = parts.reduce((sum, part) => sum + part.score * (part.weight ?? 1), 0) / weight;
      expect(weight).toBe(80);
      expect(mean).toBeCloseTo(evaluations[0].score, 10);
      expect(Object.keys(parts[0].metrics)).toEqual(arena.manifest.secondary.map(({ name }) => name));
    }
  });

  it("keeps a group together, and does not show its name", async () => {
    const arena = await open(
      csv("who,x,y", 300, (i) => `g${i % 30},${random()},${bit(0.5)}`),
      { split: "group:who" },
    );
    const [validation, test] = [await only(arena, "validation"), await only(arena, "test")];
    const groups = (rows: readonly number[]) => new Set(rows.map((row) => row % 30));
    for (const group of groups(validation.rows)) {
      expect(groups(validation.train)).not.toContain(group);
      expect(groups(test.rows)).not.toContain(group);
    }
    expect(new Set(validation.blocks).size).toBe(groups(validation.rows).size);
    expect(JSON.stringify(arena.taskOf(validation))).not.toContain("who");
  });

  it("splits by time: what comes later is predicted", async () => {
    const day = (i: number) => `2024-0${1 + (i % 9)}-11`;
    const arena = await open(
      csv("day,x,y", 270, (i) => `${day(i)},${random()},${bit(0.5)}`),
      { split: "time:day" },
    );
    const [validation, test] = [await only(arena, "validation"), await only(arena, "test")];
    const months = (rows: readonly number[]) => rows.map((row) => row % 9);
    expect(Math.max(...months(validation.train))).toBeLessThan(Math.min(...months(validation.rows)));
    expect(Math.max(...months(validation.rows))).toBeLessThan(Math.min(...months(test.rows)));
  });

  it("keeps equal rows in one part", async () => {
    const arena = await open(
      csv("x,y", 400, (i) => `${i % 100},${bit(0.5)}`),
      { trust: "x" },
    );
    for (const seed of [1, 2]) {
      const { train, rows } = await only(arena, "validation", seed);
      const known = new Set(train.map((row) => row % 100));
      expect(rows.filter((row) => known.has(row % 100))).toEqual([]);
    }
  });

  it("catches predictions that depend on later rows, and on answers that were written down", async () => {
    const arena = await open(classes);
    const caught = (name: string) => {
      const cheat = arena.known.cheats.find((one) => one.name === name);
      return expect(score(arena, cheat?.source ?? "")).rejects;
    };
    await caught("reading the rows that come later").toThrow("truncated-future: row ");
    await caught("answers that were written down").toThrow(
      "permuted-labels: the predictions know the answers",
    );
  });
});
