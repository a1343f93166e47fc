import { describe, expect, it } from "vitest";
import { ARENAS } from "../arenas.ts";
import { readManifest } from "./manifest.ts";

type Loose = Record<string, unknown>;
const good = () => JSON.parse(JSON.stringify(ARENAS[0].manifest)) as Loose;
const reason = (value: unknown): string => {
  try {
    readManifest(value);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("a manifest", () => {
  it("that is valid is accepted unchanged", () => {
    expect(reason(good())).toBe("");
  });

  it.each([
    [null, "manifest: the whole, got null, expected an object"],
    [{ ...good(), colour: 1 }, "manifest: colour, got 1, expected only id, title,"],
    [{ ...good(), unit: undefined }, "manifest: unit, got undefined, expected a line of text"],
    [{ ...good(), title: "two\nlines" }, "manifest: title, got"],
    [{ ...good(), id: "Bin Packing" }, 'manifest: id, got "Bin Packing", expected lower-case'],
    [{ ...good(), direction: "up" }, 'manifest: direction, got "up", expected "lower" or "higher"'],
    [{ ...good(), splits: { practice: 1, validation: 1, test: 2 } }, "manifest: splits.validation, got 1"],
    [{ ...good(), splits: { practice: 1, validation: 2 } }, "manifest: splits.test, got undefined"],
    [{ ...good(), budget: { kind: "ticks", amount: 0.5, seconds: 1 } }, "manifest: budget.amount, got 0.5"],
    [{ ...good(), budget: { kind: "hope", amount: 1, seconds: 1 } }, 'manifest: budget.kind, got "hope"'],
    [{ ...good(), probes: "repeat" }, 'manifest: probes, got "repeat", expected a list'],
    [
      { ...good(), baselines: [{ name: "a", score: NaN, source: "b" }] },
      "manifest: baselines[0].score, got null",
    ],
    [
      {
        ...good(),
        guards: [{ name: "bins", unit: "bins", direction: "lower" }],
      },
      'manifest: guards and secondary, got "bins", expected each metric once',
    ],
    [{ ...good(), risk: "a little" }, 'manifest: risk, got "a little"'],
    [JSON.parse('{"__proto__": 1}'), "manifest: __proto__"],
  ])("is refused in one line that names the field (%#)", (value, line) => {
    expect(reason(value)).toContain(line);
    expect(reason(value)).not.toContain("\n");
  });
});
