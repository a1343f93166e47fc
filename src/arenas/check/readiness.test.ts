// The readiness check on small arenas built as CONTRIBUTING says: a good one, and hopeless ones.
import { describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import { type Arena, arena, eachAlone, type Evaluation } from "../contract/arena.ts";
import { smallManifest } from "../testing/own-arena.ts";
import { testRealms } from "../testing/realms.ts";
import { checkReadiness } from "./readiness.ts";
import type { Judge } from "./same-twice.ts";
import { readinessWords } from "./words.ts";

const candidate = (answer: string) => `export function solve({ n }: { n: number }, random: () => number) {
  return ${answer};
}
`;

/** The task: guess the square root of n. The score is the distance from it. */
const roots = arena<{ readonly n: number }>({
  manifest: smallManifest({ splits: { practice: 1, validation: 6, test: 6 }, noise: "seeds" }),
  first: candidate("n / 2 + 0.1 * random()"),
  program: "Guess.",
  edits: [],
  known: {
    worse: candidate("n"),
    garbage: candidate('"two"'),
    cheats: [{ name: "a text", source: candidate('"2"'), expect: "caught" }],
  },
  instances: (split, seed) =>
    Array.from({ length: split === "practice" ? 1 : 6 }, (_, i) => ({ n: 9 + seed + i })),
  taskOf: ({ n }) => ({ given: { n } }),
  evaluate: eachAlone(distance),
});

function distance({ n }: { readonly n: number }, output: unknown): Evaluation {
  if (typeof output !== "number") throw new LabError("invalid", "the answer is no number");
  return { score: Math.abs(output - Math.sqrt(n)), metrics: {}, words: `${n}` };
}

/** Keeps a candidate that is lower by more than the noise. */
const judge: Judge = ([incumbent], [found]) => (found.valBpb < incumbent.valBpb - 0.1 ? "keep" : "discard");

const check = async (parts: Partial<Arena> = {}) => {
  const options = { openRealm: testRealms, instances: 1, runs: 9, now: () => performance.now() };
  const found = await checkReadiness(
    { ...roots, ...parts },
    { ...options, judge, signal: new AbortController().signal },
  );
  const findings = readinessWords(found);
  return { found, wrong: findings.filter(({ ok }) => !ok).map(({ line }) => line) };
};

describe("the readiness check", () => {
  it("accepts a sound arena", async () => {
    const { found, wrong } = await check();
    expect(wrong).toEqual([]);
    expect(found.noise).toBeGreaterThan(0);
    expect(found.repeats).toBe(true);
  });

  it("says that the score does not separate candidates", async () => {
    const { wrong } = await check({
      evaluate: eachAlone((_, output) => ({ ...distance({ n: 1 }, output), score: 1 })),
    });
    expect(wrong.join()).toContain("does not tell the first candidate from a worse one");
  });

  it("says that garbage and cheats got a score", async () => {
    const { wrong } = await check({
      evaluate: eachAlone((_, output) => ({
        score: typeof output === "number" ? Math.abs(output) : 99,
        metrics: {},
        words: "",
      })),
    });
    expect(wrong.join()).toContain("garbage got one");
    expect(wrong.join()).toContain("NOT stopped");
  });

  it("says that a person has to approve runs that can cost money", async () => {
    const { wrong } = await check({ manifest: { ...roots.manifest, risk: "money" } });
    expect(wrong).toEqual(["Failure: a bad attempt can cost money: a person has to approve each run."]);
  });

  it("names an evaluator that throws, gives no number, or leaves a metric out", async () => {
    const failing = (one: () => Evaluation) => expect(check({ evaluate: eachAlone(one) })).rejects;
    await failing(() => {
      throw new TypeError("x is undefined");
    }).toThrow("the evaluator of roots failed on validation 1: x is undefined");
    await failing(() => ({ score: NaN, metrics: {}, words: "" })).toThrow("got a score of NaN");
    const secondary = [{ name: "steps", unit: "steps", direction: "lower" }] as const;
    await expect(check({ manifest: { ...roots.manifest, secondary } })).rejects.toThrow("got no steps");
  });

  it("names a first candidate that has no score", async () => {
    await expect(check({ first: "export const solve = 1;" })).rejects.toThrow(
      "the first candidate of roots has no score",
    );
  });
});
