import { describe, expect, it } from "vitest";
import type { ExperimentStatus, ExperimentView } from "../../research/index.ts";
import { between } from "./between.ts";
import { filterOf } from "./filter.ts";
import { firstSort, gainOf, listExperiments, rememberLast } from "./listing.ts";

function one(number: number, status: ExperimentStatus, valBpb: number | null, more = {}): ExperimentView {
  const view = { number, status, valBpb, incumbentBpb: 2, researcher: "built-in", tokensPerSecond: 1000 };
  return { ...view, hypothesis: "", reason: "", lesson: "", runs: 1, ...more } as ExperimentView;
}

const night = [
  one(0, "keep", 2, { incumbentBpb: null, hypothesis: "The baseline" }),
  one(1, "discard", 2.1, { hypothesis: "Deeper: six blocks", researcher: "openai:gpt" }),
  one(2, "crash", null, { reason: "out of memory", tokensPerSecond: 0 }),
  one(3, "keep", 1.9, { hypothesis: "A higher rate", researcher: "human" }),
  one(4, "invalid", null, { lesson: "never look ahead" }),
];
const numbers = (query: string, pins: number[] = []) =>
  night.filter(filterOf(query, pins)).map((e) => e.number);

describe("the filter box", () => {
  it("lets everything through when it is empty", () => {
    expect(numbers("")).toEqual([0, 1, 2, 3, 4]);
    expect(numbers("  -  ")).toEqual([0, 1, 2, 3, 4]);
  });
  it("knows statuses as the page and as git name them", () => {
    expect(numbers("kept")).toEqual([0, 3]);
    expect(numbers("KEEP")).toEqual([0, 3]);
    expect(numbers("crashed")).toEqual([2]);
    expect(numbers("-kept")).toEqual([1, 2, 4]);
  });
  it("compares scores, and never passes an experiment without one", () => {
    expect(numbers("<2")).toEqual([3]);
    expect(numbers("<=2")).toEqual([0, 3]);
    expect(numbers(">1.95")).toEqual([0, 1]);
  });
  it("finds researchers by name and by kind", () => {
    expect(numbers("by:built")).toEqual([0, 2, 4]);
    expect(numbers("by:model")).toEqual([1]);
    expect(numbers("by:gpt")).toEqual([1]);
    expect(numbers("by:me")).toEqual([3]);
  });
  it("finds numbers, ranges and pins", () => {
    expect(numbers("#3")).toEqual([3]);
    expect(numbers("#1..3")).toEqual([1, 2, 3]);
    expect(numbers("pinned", [4])).toEqual([4]);
  });
  it("looks for other words in hypothesis, reason and lesson, and wants all of them", () => {
    expect(numbers("six")).toEqual([1]);
    expect(numbers("memory")).toEqual([2]);
    expect(numbers("ahead")).toEqual([4]);
    expect(numbers("kept rate")).toEqual([3]);
    expect(numbers('"higher rate"')).toEqual([3]);
    expect(numbers('"rate higher"')).toEqual([]);
    expect(numbers('-"higher rate" kept')).toEqual([0]);
    expect(numbers("constructor")).toEqual([]); // a plain word, not a status
    expect(numbers("by:constructor")).toEqual([]);
  });
});

describe("the order of the list", () => {
  const order = (by: Parameters<typeof firstSort>[0], pins: number[] = [], query = "") =>
    listExperiments({ experiments: night, query, sort: firstSort(by), pins }).map((e) => e.number);
  it("has the newest, the best, the largest gain or the fastest on top, and experiments without that value last", () => {
    expect(order("number")).toEqual([4, 3, 2, 1, 0]);
    expect(order("score")).toEqual([3, 0, 1, 4, 2]);
    expect(order("gain")).toEqual([3, 1, 4, 2, 0]);
    expect(order("speed").at(-1)).toBe(2);
  });
  it("keeps pins on top, and filters them like the others", () => {
    expect(order("number", [1])).toEqual([1, 4, 3, 2, 0]);
    expect(order("number", [1], "kept")).toEqual([3, 0]);
  });
  it("is made once for the same question", () => {
    const list = rememberLast();
    const query = { experiments: night, query: "", sort: firstSort("number"), pins: [] };
    expect(list(query)).toBe(list({ ...query }));
    expect(list({ ...query, query: "kept" })).toHaveLength(2);
  });
});

describe("gain", () => {
  it("is positive for a better score", () => {
    expect(gainOf(one(1, "keep", 1.9))).toBeCloseTo(0.1);
    expect(gainOf(one(1, "discard", 2.1))).toBeCloseTo(-0.1);
    expect(gainOf(one(1, "crash", null))).toBeNull();
  });
  it("between two experiments is held against the noise of both", () => {
    const noise = { deviation: 0.01, degrees: 4 };
    const [a, b] = [one(1, "keep", 1.9, { runs: 4 }), one(2, "discard", 1.92, { runs: 1 })];
    expect(between(a, b, noise)).toMatchObject({ better: "tie" });
    expect(between(a, b, noise)?.standardError).toBeCloseTo(0.01 * Math.sqrt(1.25));
    expect(between(a, one(3, "discard", 2), noise)).toMatchObject({ better: "first" });
    expect(between(one(3, "discard", 2), a, noise)).toMatchObject({ better: "second" });
    expect(between(a, b, null)).toEqual({
      gain: expect.closeTo(0.02) as number,
      standardError: null,
      better: "unknown",
    });
    expect(between(a, one(3, "crash", null), noise)).toBeNull();
  });
});
