// A forward pass as it arrived from the sandbox, checked and brought to life in the scorer's own engine.
import { LabError } from "../../error.ts";
import type { ForwardPass } from "../../prepare/index.ts";
import type { Forward } from "../protocol.ts";
import type { Inspectable } from "./first-moving.ts";

/** A recorded graph whose shapes, operations and attributes were found sound. */
export interface SoundGraph {
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** `lines`: those of train.ts that recorded the nodes, where they are known. */
  instantiate(weights: readonly Float32Array[], lines?: Uint32Array): ForwardPass;
}

/** Checks and parses a recorded graph; throws LabError "graph", "shape" or the like. */
export type ReadGraph = (json: string) => SoundGraph;

interface Expected {
  readonly batch: number;
  readonly seqLen: number;
  readonly vocabSize: number;
}

/**
 * The forward pass at the scoring batch, and one for single rows, made when it is first wanted. Throws LabError
 * "invalid" for graphs or weights that do not fit, "crash" for weights that are not finite. `lines` are for errors.
 */
export function loadForward(
  read: ReadGraph,
  forward: Forward,
  expected: Expected,
  lines?: Uint32Array,
): LoadedForward {
  const { batch, seqLen } = expected;
  const whole = readShaped(read, forward.graph, batch, expected);
  const weights = splitWeights(whole, forward.weights);
  const pass = whole.instantiate(weights, lines);
  return {
    batch: pass,
    cuttable() {
      const parsed = JSON.parse(forward.graph) as { output: [number, number] };
      return {
        last: parsed.output[0],
        upTo(node) {
          try {
            const cut = read(JSON.stringify({ ...parsed, output: [node, 0] }));
            return { shape: cut.output, pass: cut.instantiate(weights, lines) };
          } catch (error) {
            if (error instanceof LabError && error.code === "graph") return null; // it holds tokens, not numbers
            throw error;
          }
        },
      };
    },
    single() {
      const one = readShaped(read, forward.single, 1, expected);
      if (JSON.stringify(one.parameters) !== JSON.stringify(whole.parameters)) {
        throw new LabError("invalid", {
          what: `the forward pass of one row of ${seqLen} uses other parameters`,
        });
      }
      return one.instantiate(weights, lines);
    },
  };
}

export interface LoadedForward {
  readonly batch: ForwardPass;
  /** For one row; made when it is asked for. */
  single(): ForwardPass;
  /** The same graph again, to look at what is computed on the way. */
  cuttable(): Inspectable;
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
