// Checks a forward pass from the sandbox and instantiates it in the service's own nn engine.
import { LabError } from "../../error.ts";
import type { Dependence } from "../../nn/index.ts";
import type { ForwardPass } from "../../prepare/index.ts";
import type { Forward } from "../contract/protocol.ts";
import type { Inspectable } from "./first-moving.ts";
import { forceGates, type Gate, gatesOf, type GraphNodes } from "./force-conditions.ts";

/** A recorded graph with checked shapes, operations and attributes. */
interface SoundGraph {
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Shape of each node. */
  readonly shapes: readonly (readonly number[])[];
  /** `lines`: the line of train.ts that recorded each node, where known. */
  instantiate(weights: readonly Float32Array[], lines?: Uint32Array): ForwardPass;
  dependence(weights: readonly Float32Array[]): Dependence;
}

/** Checks and parses a recorded graph; throws LabError "graph", "shape" or the like. */
export type ReadGraph = (json: string) => SoundGraph;

interface Expected {
  readonly batch: number;
  readonly seqLen: number;
  readonly vocabSize: number;
}

/** One recorded forward pass with its weights: data until `make` puts it on the engine. */
export interface Pass {
  readonly rows: number;
  /** Which tokens its logits can depend on. */
  readonly dependence: Dependence;
  /** It draws random numbers, which differ from row to row of a batch. */
  readonly random: boolean;
  /** The line of train.ts that recorded a node; 0 if the sandbox did not send it. */
  lineOf(node: number): number;
  /** Puts the weights on the engine. */
  make(): ForwardPass;
  /** The same graph, to read its intermediate values. */
  cuttable(forced?: Forced): Inspectable;
  /** Intermediate values that may be gates. */
  gates(): readonly Gate[];
  /** The same graph with these gates replaced. */
  force(forced: Forced): ForwardPass;
}

export interface Forced {
  readonly gates: readonly Gate[];
  readonly value: 0 | 1;
}

export interface LoadedForward {
  readonly batch: Pass;
  readonly single: Pass;
}

/** Lines of train.ts that recorded the nodes of both passes, as far as the sandbox sent them. */
interface PassLines {
  readonly lines: Uint32Array;
  readonly singleLines: Uint32Array;
}

const NO_LINES: PassLines = { lines: new Uint32Array(), singleLines: new Uint32Array() };

/**
 * The forward pass of a scoring batch, and that of one row. Throws LabError "invalid" for graphs or weights that do not
 * fit, or for two passes with other parameters; "crash" for weights that are not finite.
 */
export function loadForward(
  read: ReadGraph,
  forward: Forward,
  expected: Expected,
  { lines, singleLines } = NO_LINES,
): LoadedForward {
  const whole = readShaped(read, forward.graph, expected.batch, expected);
  const weights = splitWeights(whole, forward.weights);
  const one = readShaped(read, forward.single, 1, expected);
  if (JSON.stringify(one.parameters) !== JSON.stringify(whole.parameters)) {
    throw new LabError("invalid", {
      what: `the forward pass of one row of ${expected.seqLen} uses other parameters`,
    });
  }
  return {
    batch: passOf(read, whole, forward.graph, weights, lines),
    single: passOf(read, one, forward.single, weights, singleLines),
  };
}

function passOf(
  read: ReadGraph,
  graph: SoundGraph,
  json: string,
  weights: readonly Float32Array[],
  lines: Uint32Array,
): Pass {
  const parsed = JSON.parse(json) as GraphNodes & { output: [number, number] };
  const [rows, seqLen] = graph.input;
  // Computed on demand: the pass of one row rarely scores.
  let dependence: Dependence | null = null;
  const replaced = (forced?: Forced) =>
    forced === undefined ? parsed : forceGates(parsed, graph.shapes, forced.gates, forced.value);
  return {
    rows,
    get dependence() {
      return (dependence ??= graph.dependence(weights));
    },
    random: parsed.nodes.some(({ op }) => op === "random"),
    lineOf: (node) => lines[node] ?? 0,
    make: () => graph.instantiate(weights, lines),
    cuttable: (forced) => ({
      last: parsed.output[0],
      upTo(node) {
        try {
          const cut = read(JSON.stringify({ ...replaced(forced), output: [node, 0] }));
          return { shape: cut.output, pass: cut.instantiate(weights, lines) };
        } catch (error) {
          if (error instanceof LabError && error.code === "graph") return null; // it holds tokens, not numbers
          throw error;
        }
      },
    }),
    gates: () => gatesOf(parsed, graph.shapes, rows * seqLen),
    force: (forced) => read(JSON.stringify(replaced(forced))).instantiate(weights, lines),
  };
}

function readShaped(
  read: ReadGraph,
  json: string,
  rows: number,
  { seqLen, vocabSize }: Expected,
): SoundGraph {
  const graph = read(json);
  expectShape("the input of the forward pass", graph.input, [rows, seqLen]);
  expectShape("the logits", graph.output, [rows, seqLen, vocabSize]);
  return graph;
}

function expectShape(what: string, got: readonly number[], expected: readonly number[]): void {
  if (got.length === expected.length && got.every((size, i) => size === expected[i])) return;
  throw new LabError("invalid", { what, got: `[${got.join(", ")}]`, expected: `[${expected.join(", ")}]` });
}

/** One array per parameter out of the flat one that crossed. */
function splitWeights({ parameters }: SoundGraph, flat: Float32Array): Float32Array[] {
  let at = 0;
  const weights = parameters.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const part = flat.subarray(at, at + size);
    at += size;
    if (part.length === size) {
      const bad = part.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw new LabError("crash", `the weights diverged: ${name} holds ${part[bad]}`);
    }
    return part;
  });
  if (at !== flat.length) {
    throw new LabError("invalid", {
      what: "weights handed over",
      got: String(flat.length),
      expected: String(at),
    });
  }
  return weights;
}
