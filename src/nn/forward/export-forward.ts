// A forward pass as data: the operations that the model of train.ts recorded, with shapes, attributes and captured
// constants, and no code. This data crosses from the sandbox to the engine that scores it.

import { LabError } from "../../error.ts";
import type { Attrs, Node, Value } from "../graph/graph.ts";
import { checkShape, numel, show, type Shape, type DType } from "../values/shape.ts";
import { noGrad } from "../tensor/backward.ts";
import { persistentTensors } from "../tensor/parameters.ts";
import { recorder } from "../tensor/current-recorder.ts";
import { Tensor } from "../tensor/tensor.ts";

export const GRAPH_VERSION = 1;

/** JSON has no infinities and no NaN: they travel as strings. */
type JsonNumber = number | "Infinity" | "-Infinity" | "NaN";

export interface RecordedNode {
  /** Name of an operation, or "parameter", "constant" (attrs.index is its index), "input". */
  readonly op: string;
  /** Earlier nodes: [node, output]. */
  readonly inputs: readonly (readonly [number, number])[];
  readonly attrs: Attrs;
  readonly numbers: readonly JsonNumber[];
}

/** A recorded forward pass as plain JSON. */
export interface RecordedGraph {
  readonly version: number;
  readonly nodes: readonly RecordedNode[];
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[];
  /** Host arrays that the forward pass captured: masks, tables. */
  readonly constants: readonly {
    readonly shape: Shape;
    readonly dtype: DType;
    readonly values: readonly JsonNumber[];
  }[];
  readonly input: { readonly shape: Shape };
  readonly output: readonly [node: number, output: number];
}

/** Maximum number of operations of a forward pass; real ones have hundreds. */
export const MAX_NODES = 20_000;

export interface RecordedForward {
  readonly graph: RecordedGraph;
  /** The tensors behind graph.parameters, in the same order. Read them with `engine.readParameters`. */
  readonly parameters: readonly { readonly name: string; readonly shape: Shape; readonly tensor: Tensor }[];
  /** For each node of the graph the line of train.ts that recorded it; 0 if unknown. */
  readonly lines: readonly number[];
  /** Lines of the parameters that model.forward itself created. */
  readonly madeInside: readonly number[];
}

/**
 * Records `model.forward` for tokens of the given shape [B, T] in the active engine, between steps. Throws LabError
 * "graph" if a step is being recorded, or if the pass cannot be exported.
 */
export function recordForward(model: { forward(tokens: Tensor): Tensor }, shape: Shape): RecordedForward {
  checkShape("recordForward", shape);
  const active = recorder();
  if (active.tape.nodes.length > 0)
    throw new LabError("graph", {
      what: "recordForward: a step is being recorded",
      hint: "flush or abandon it first",
    });
  const { next } = active.persistents;
  active.scoring = true;
  let count = 0;
  active.onRecord = () => {
    if (++count > MAX_NODES)
      throw new LabError("graph", {
        what: "model.forward records too many operations",
        expected: `at most ${MAX_NODES}`,
      });
  };
  try {
    const tokens = new Tensor(active.data(shape, "u32", new Uint32Array(numel(shape))));
    const output = noGrad(() => model.forward(tokens)) as Tensor | undefined;
    if (!(output instanceof Tensor))
      throw new LabError("graph", {
        what: "model.forward did not return a tensor",
        got: typeof output,
        expected: "logits [B, T, V]",
      });
    if (active.written.length > 0)
      throw new LabError("graph", {
        what: "model.forward writes state",
        hint: "use nn.assign in the loop, not in forward",
      });
    const recorded = serialise(model, tokens.value.node, output.value);
    const leaves = recorded.parameters.flatMap(({ tensor }) =>
      tensor.leaf?.kind === "persistent" ? [tensor.leaf] : [],
    );
    return { ...recorded, madeInside: leaves.filter(({ id }) => id >= next).map(({ line }) => line) };
  } finally {
    active.onRecord = null;
    active.scoring = false;
    active.drop();
  }
}

function serialise(model: object, input: Node, output: Value): Omit<RecordedForward, "madeInside"> {
  const nodes: RecordedNode[] = [];
  const parameters: { name: string; shape: Shape; tensor: Tensor }[] = [];
  const constants: RecordedGraph["constants"][number][] = [];
  const names = new Map(persistentTensors(model).map(({ name, tensor }) => [tensor.leaf, { name, tensor }]));
  const place = new Map<Node, number>();
  const lines: number[] = [];
  for (const node of reachable(output.node)) {
    const leaf = node.start;
    let op = node.op.name;
    let attrs: Attrs = node.attrs;
    if (node === input) op = "input";
    else if (leaf?.kind === "persistent") {
      const known = names.get(leaf);
      const tensor = known?.tensor ?? new Tensor(leaf);
      attrs = {
        index:
          parameters.push({
            name: known?.name ?? `unnamed.${parameters.length}`,
            shape: leaf.shape,
            tensor,
          }) - 1,
      };
    } else if (leaf?.kind === "data") {
      op = "constant";
      attrs = {
        index:
          constants.push({ shape: leaf.shape, dtype: leaf.dtype, values: Array.from(leaf.array, toJson) }) -
          1,
      };
    } else if (node.op.training)
      throw new LabError("graph", { what: `model.forward uses ${node.op.name}, which belongs to training` });
    place.set(node, nodes.length);
    lines.push(node.line);
    nodes.push({
      op,
      inputs: node.inputs.map((value) => [place.get(value.node) ?? -1, value.output] as const),
      attrs,
      numbers: node.numbers.map(toJson),
    });
  }
  const graph: RecordedGraph = {
    version: GRAPH_VERSION,
    nodes,
    parameters: parameters.map(({ name, shape }) => ({ name, shape })),
    constants,
    input: { shape: input.out().shape },
    output: [place.get(output.node) ?? -1, output.output],
  };
  if (!place.has(input))
    throw new LabError("graph", { what: "the logits do not depend on the tokens", got: show(output.shape) });
  return { graph, parameters, lines };
}

/** A node and all nodes that it is computed from, inputs first. */
function reachable(root: Node): Node[] {
  const seen = new Set<Node>();
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs.map((value) => value.node));
  }
  return [...seen].sort((a, b) => a.index - b.index);
}

function toJson(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

/** The values of a recorded pass's parameters, in order. */
export function readParameters(
  engine: { readParameters(tensors: readonly Tensor[]): Promise<Float32Array[]> },
  recorded: RecordedForward,
): Promise<Float32Array[]> {
  return engine.readParameters(recorded.parameters.map(({ tensor }) => tensor));
}
