import { describe, expect, it } from "vitest";
import { tuningsOf } from "./tunings.ts";

const tuning = (adapter: string) => ({ generation: 1, adapter, choices: { "matmul nn 8x8x8": "plain 8" } });

describe("the kernels of a study", () => {
  it("are those its records measured, in order", () => {
    const [a, b] = [tuning("a"), tuning("b")];
    expect(tuningsOf([{}, { tuning: a }, {}, { tuning: b }])).toEqual([a, b]);
  });
  it("ignore invalid tunings of an imported record", () => {
    const bad = { ...tuning("a"), choices: { "matmul nn 8x8x8": "my own" } };
    expect(tuningsOf([{ tuning: bad }, { tuning: tuning("b") }])).toEqual([tuning("b")]);
  });
});
