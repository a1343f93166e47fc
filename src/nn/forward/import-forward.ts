// The trust boundary: checks a recorded forward pass from the sandbox without trusting any of it. Operations must
// be known, attributes within their rules, inputs earlier nodes, shapes inferred anew, sizes and work within limits.

import { LabError } from "../../error.ts";
import { array, fail, integer, number, object, parse, shape as readShape, text } from "./check-json.ts";
import { checkOperation, readPlace, Sizes } from "./check-node.ts";
import type { Meta, Value } from "../graph/graph.ts";
import { checkShape, numel, sameShape, show, type Shape, type DType } from "../values/shape.ts";
import type { HostArray } from "../graph/leaf.ts";
import { GRAPH_VERSION, MAX_NODES } from "./export-forward.ts";
import type { Dependence } from "../dependence/dependence.ts";
import type { Session } from "../engine/session.ts";
import { Tensor } from "../tensor/tensor.ts";
import { analyse, type FollowedNode } from "./analyse.ts";

export interface GraphLimits {
  /** Nodes (default 20,000). */
  readonly nodes?: number;
  /** Elements of one tensor (default 2^29). */
  readonly elements?: number;
  /** Elements of all tensors together, were none shared (default 2^33). */
  readonly total?: number;
  /** Elements of captured constants (default 2^22). */
  readonly constants?: number;
  /** Elements of all parameters (default 2^29). */
  readonly parameters?: number;
  /** Arithmetic operations of one pass (default 10^14). */
  readonly work?: number;
}

export interface LoadedGraph {
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[];
  /** Shape of the tokens. */
  readonly input: Shape;
  /** Shape of the logits. */
  readonly output: Shape;
  /** Shape of each node's first output. */
  readonly shapes: readonly Shape[];
  /**
   * Puts the weights on an engine; the function records the pass there. `lines`: those of train.ts that recorded the
   * nodes, where they are known, for errors. Throws "graph" when weights do not fit.
   */
  instantiate(
    engine: Session,
    weights: readonly Float32Array[],
    lines?: ArrayLike<number>,
  ): (tokens: Tensor) => Tensor;
  /** Which tokens the logits can depend on, given these weights. */
  dependence(weights: readonly Float32Array[]): Dependence;
}

/** Checks a recorded graph (an object, or its JSON text). Throws LabError "graph", or the shape rule's own error. */
export function loadGraph(json: unknown, limits: GraphLimits = {}): LoadedGraph {
  const graph = object("graph", typeof json === "string" ? parse(json) : json);
  if (graph.version !== GRAPH_VERSION) fail("version", graph.version, String(GRAPH_VERSION));
  const input = readShape("input", object("input", graph.input).shape);
  checkShape("input", input);
  const parameters = readParameterList(graph.parameters, limits);
  const constants = readConstants(graph.constants, limits);
  const steps: FollowedNode[] = [];
  const sizes = new Sizes({
    elements: limits.elements ?? 2 ** 29,
    total: limits.total ?? 2 ** 33,
    work: limits.work ?? 1e14,
  });
  array("nodes", graph.nodes, limits.nodes ?? MAX_NODES).forEach((given, i) => {
    const step = readStep(`node ${i}`, object(`node ${i}`, given), steps, { input, parameters, constants });
    sizes.add(`node ${i}`, step.op, metasOf(step, steps), step.outputs, step.attrs);
    steps.push(step);
  });
  const [node, output] = readPlace("output", graph.output, steps);
  const result = steps[node]?.outputs[output];
  if (!result) fail("output", graph.output, "a node's output");
  if (result.dtype !== "f32") fail("the logits are not f32", result.dtype);
  return {
    parameters,
    input,
    output: result.shape,
    shapes: steps.map(({ outputs }) => outputs[0]?.shape ?? []),
    instantiate: (engine, weights, lines = []) =>
      instantiate(engine, weights, { steps, parameters, constants, input, node, output, lines }),
    dependence: (weights) =>
      analyse({ nodes: steps, output: [node, output], input, parameters: weights, constants }),
  };
}

interface Constant extends Meta {
  readonly values: HostArray;
}
interface Leaves {
  readonly input: Shape;
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[];
  readonly constants: readonly Constant[];
}

function readParameterList(value: unknown, limits: GraphLimits): Leaves["parameters"] {
  let count = 0;
  return array("parameters", value, 10_000).map((given, i) => {
    const { name, shape } = object(`parameter ${i}`, given);
    const sizes = readShape(`parameter ${i}`, shape);
    checkShape(`parameter ${i}`, sizes);
    count += numel(sizes);
    if (count > (limits.parameters ?? 2 ** 29))
      fail("too many parameters", count, `at most ${limits.parameters ?? 2 ** 29}`);
    return { name: text(`name of parameter ${i}`, name), shape: sizes };
  });
}

function readConstants(value: unknown, limits: GraphLimits): Constant[] {
  let left = limits.constants ?? 2 ** 22;
  return array("constants", value, 10_000).map((given, i) => {
    const { shape, dtype, values } = object(`constant ${i}`, given);
    const sizes = readShape(`constant ${i}`, shape);
    checkShape(`constant ${i}`, sizes);
    if (dtype !== "f32" && dtype !== "u32") fail(`type of constant ${i}`, dtype, "f32 or u32");
    const type: DType = dtype;
    const numbers = array(`values of constant ${i}`, values, left);
    left -= numbers.length;
    if (numbers.length !== numel(sizes))
      fail(`constant ${i}`, numbers.length, `${numel(sizes)} values for ${show(sizes)}`);
    const read = numbers.map((x) =>
      type === "u32" ? integer(`constant ${i}`, x, 0, 2 ** 32 - 1) : number(`constant ${i}`, x),
    );
    return {
      shape: sizes,
      dtype: type,
      values: type === "u32" ? Uint32Array.from(read) : Float32Array.from(read),
    };
  });
}

function readStep(
  what: string,
  given: Record<string, unknown>,
  steps: readonly FollowedNode[],
  leaves: Leaves,
): FollowedNode {
  const name = text(`${what}: operation`, given.op, 40);
  const inputs = array(`${what}: inputs`, given.inputs, 4096).map((place) =>
    readPlace(`${what}: input`, place, steps),
  );
  const leaf = { op: null, inputs: [], attrs: {}, numbers: [] };
  if (name === "input")
    return { ...leaf, kind: "input", index: 0, outputs: [{ shape: leaves.input, dtype: "u32" }] };
  if (name === "parameter" || name === "constant") {
    const list = name === "parameter" ? leaves.parameters : leaves.constants;
    const index = integer(
      `${what}: index`,
      object(`${what}: attributes`, given.attrs).index,
      0,
      list.length - 1,
    );
    const { shape } = list[index];
    const dtype = name === "parameter" ? "f32" : leaves.constants[index].dtype;
    return { ...leaf, kind: name, index, outputs: [{ shape, dtype }] };
  }
  const metas = metasOf({ inputs }, steps);
  const {
    op,
    attrs,
    numbers: expected,
    outputs,
  } = checkOperation(what, { op: name, attrs: given.attrs }, metas, false);
  const numbers = array(`${what}: numbers`, given.numbers, 64).map((x) => number(`${what}: number`, x));
  if (numbers.length !== expected) fail(`${what}: ${name} numbers`, numbers.length, String(expected));
  return { kind: "operation", index: -1, op, inputs, attrs, numbers, outputs };
}

function metasOf({ inputs }: Pick<FollowedNode, "inputs">, steps: readonly FollowedNode[]): Meta[] {
  return inputs.map(([node, output]) => steps[node]?.outputs[output] ?? fail("an input", [node, output]));
}

interface Prepared extends Leaves {
  readonly steps: readonly FollowedNode[];
  readonly node: number;
  readonly output: number;
  readonly lines: ArrayLike<number>;
}

function instantiate(
  engine: Session,
  weights: readonly Float32Array[],
  graph: Prepared,
): (tokens: Tensor) => Tensor {
  const { steps, parameters, constants, input, node, output, lines } = graph;
  const active = engine.recorder;
  if (weights.length !== parameters.length)
    fail("number of weights", weights.length, String(parameters.length));
  const persistents = parameters.map(({ name, shape }, i) => {
    const values = weights[i];
    if (values?.length !== numel(shape))
      fail(`weights of ${name}`, values?.length, `${numel(shape)} for ${show(shape)}`);
    const line = lines[steps.findIndex(({ kind, index }) => kind === "parameter" && index === i)] ?? 0;
    return active.lines.at(line, () => active.persistent(shape, "f32", values.slice(), false));
  });
  // Side by side in the order of use, as an optimizer lays them: queries, keys and values become one product.
  active.persistents.group(persistents);
  const data = constants.map(({ shape, dtype, values }) => active.data(shape, dtype, values));
  return (tokens) => {
    if (!sameShape(tokens.shape, input) || tokens.dtype !== "u32")
      throw new LabError("shape", {
        what: "forward: tokens",
        got: `${show(tokens.shape)} ${tokens.dtype}`,
        expected: `${show(input)} u32`,
      });
    const results: (readonly Value[])[] = [];
    const valueOf = ([from, which]: readonly [number, number]): Value =>
      results[from]?.[which] ?? fail("a value is missing");
    const record = (step: FollowedNode): readonly Value[] => {
      const persistent = persistents[step.index];
      const constant = data[step.index];
      if (step.kind === "input") return [tokens.value];
      if (step.kind === "parameter" && persistent) return [active.read(persistent)];
      if (step.kind === "constant" && constant) return [active.read(constant)];
      const inputs = step.inputs.map(valueOf);
      return step.op ? active.record(step.op, inputs, step.attrs, step.numbers).outputs : [];
    };
    steps.forEach((step, i) => results.push(active.lines.at(lines[i] ?? 0, () => record(step))));
    return new Tensor(valueOf([node, output]));
  };
}
