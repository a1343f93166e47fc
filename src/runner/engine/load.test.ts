import { describe, expect, it } from "vitest";
import { loadForward, type ReadGraph } from "./load.ts";

const expected = { batch: 4, seqLen: 8, vocabSize: 16 };
const parameters = [
  { name: "a", shape: [2, 3] },
  { name: "b", shape: [4] },
];
/** Graphs hold only their batch size here. */
const read =
  (seen: Float32Array[][] = []): ReadGraph =>
  (json) => {
    const { rows } = JSON.parse(json) as { rows: number };
    return {
      parameters,
      input: [rows, 8],
      output: [rows, 8, 16],
      shapes: [],
      dependence: () => ({ rows: { status: "proved" }, time: { status: "proved" } }),
      instantiate(weights) {
        seen.push([...weights]);
        return (tokens) => tokens;
      },
    };
  };
const graphOf = (rows: number) => JSON.stringify({ rows, nodes: [], output: [0, 0] });
const forward = (weights: Float32Array, graph = 4, single = 1) => ({
  graph: graphOf(graph),
  single: graphOf(single),
  weights,
});
const ten = Float32Array.from({ length: 10 }, (_, i) => i);

describe("loadForward", () => {
  it("gives each parameter its part of the weights", () => {
    const seen: Float32Array[][] = [];
    const { batch, single } = loadForward(read(seen), forward(ten), expected);
    batch.make();
    single.make();
    for (const weights of seen)
      expect(weights.map((w) => [...w])).toEqual([
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9],
      ]);
    expect(seen).toHaveLength(2);
  });
  it("refuses weights of another size, late or huge", () => {
    for (const size of [0, 9, 11, 100_000]) {
      expect(() => loadForward(read(), forward(new Float32Array(size)), expected)).toThrow(
        /weights handed over/,
      );
    }
  });
  it("names a parameter that is not finite", () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const weights = ten.slice();
      weights[7] = bad;
      expect(() => loadForward(read(), forward(weights), expected)).toThrow(
        `the weights diverged: b holds ${bad}`,
      );
    }
  });
  it("refuses a graph of another shape", () => {
    expect(() => loadForward(read(), forward(ten, 2), expected)).toThrow(
      /input of the forward pass, got \[2, 8\]/,
    );
    expect(() => loadForward(read(), forward(ten, 4, 2), expected)).toThrow(/input/);
    const wide: ReadGraph = (json) => ({ ...read()(json), output: [4, 8, 17] });
    expect(() => loadForward(wide, forward(ten), expected)).toThrow(/the logits, got \[4, 8, 17\]/);
  });
  it("refuses two passes of other parameters, before either is made", () => {
    const other: ReadGraph = (json) => {
      const graph = read()(json);
      return graph.input[0] === 1 ? { ...graph, parameters: parameters.slice().reverse() } : graph;
    };
    expect(() => loadForward(other, forward(ten), expected)).toThrow(/uses other parameters/);
  });
});
