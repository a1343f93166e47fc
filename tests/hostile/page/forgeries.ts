// Forged forward passes that a trainer with access to its port could send. The test sends them directly to the real
// engine.
import type { Forward } from "../../../src/runner/contract/protocol.ts";

interface Graph {
  nodes: { op: string; inputs: unknown[]; attrs: Record<string, unknown>; numbers: unknown[] }[];
  parameters: { name: unknown; shape: unknown }[];
  constants: unknown[];
  input: { shape: number[] };
  output: unknown;
}

/** Changes the graph of the batch and keeps the weights. */
const graph = (change: (graph: Graph) => unknown) => (forward: Forward) => {
  const parsed = JSON.parse(forward.graph) as Graph;
  return { ...forward, graph: JSON.stringify(change(parsed) ?? parsed) };
};
const INPUT = { op: "input", inputs: [], attrs: {}, numbers: [] };
const last = ({ nodes }: Graph) => nodes[nodes.length - 1];

export const forgeries: Readonly<
  Record<
    string,
    {
      readonly forge: (honest: Forward) => Forward;
      /** null: it is scored, and no better than knowing nothing. */ readonly refused: RegExp | null;
    }
  >
> = {
  "a cycle": { forge: graph((g) => void (last(g).inputs[0] = [g.nodes.length - 1, 0])), refused: /input/ },
  "an input that comes later": { forge: graph((g) => void (g.nodes[0].inputs = [[1, 0]])), refused: /input/ },
  "an input of no node": { forge: graph((g) => void (last(g).inputs[0] = [1e9, 0])), refused: /input/ },
  "a negative input": { forge: graph((g) => void (last(g).inputs[0] = [-1, 0])), refused: /input/ },
  "half an input": { forge: graph((g) => void (last(g).inputs[0] = [0.5, 0])), refused: /input/ },
  "an output of no node": { forge: graph((g) => void (g.output = [1e6, 0])), refused: /output/ },
  "an operation that does not exist": {
    forge: graph((g) => void (last(g).op = "fetch")),
    refused: /unknown operation/,
  },
  "an operation of every object": {
    forge: graph((g) => void (last(g).op = "constructor")),
    refused: /unknown operation|operation/,
  },
  "an operation of training": {
    forge: graph((g) => void g.nodes.push({ op: "updated", inputs: [[0, 0]], attrs: {}, numbers: [] })),
    refused: /unknown operation/,
  },
  "a parameter of no index": {
    forge: graph((g) => void (g.nodes.find(({ op }) => op === "parameter")!.attrs.index = 77)),
    refused: /index/,
  },
  "a parameter larger than memory": {
    forge: graph((g) => void (g.parameters[0].shape = [2 ** 20, 2 ** 20])),
    refused: /parameter|elements/,
  },
  "a shape with a hole": { forge: graph((g) => void (g.input.shape = [4, 0])), refused: /input/ },
  "another batch": {
    forge: graph((g) => void (g.input.shape = [64, 32])),
    refused: /sizes do not fit|input/,
  },
  "a quarter of a million nodes": {
    forge: graph((g) => ({ ...g, nodes: [...g.nodes, ...Array.from({ length: 250_000 }, () => INPUT)] })),
    refused: /nodes/,
  },
  "attributes of a prototype": {
    forge: (forward) => ({
      ...forward,
      graph: forward.graph.replace('"attrs":{"index":0}', '"attrs":{"__proto__":{"index":0}}'),
    }),
    refused: /index/,
  },
  "no graph": { forge: (forward) => ({ ...forward, graph: "null" }), refused: /graph/ },
  "a graph of brackets": {
    forge: (forward) => ({ ...forward, graph: "[".repeat(1e6) }),
    refused: /JSON|graph/,
  },
  "weights of another size": {
    forge: (forward) => ({ ...forward, weights: new Float32Array(forward.weights.length + 1) }),
    refused: /weights handed over/,
  },
  "weights that are not numbers": {
    forge: (forward) => ({ ...forward, weights: forward.weights.map((w, i) => (i === 9 ? NaN : w)) }),
    refused: /diverged/,
  },
  "weights that are huge": {
    forge: (forward) => ({ ...forward, weights: forward.weights.map(() => 3e38) }),
    refused: null,
  },
};
