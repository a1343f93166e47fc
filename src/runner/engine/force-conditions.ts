// A gate that waits for rare tokens is shut during every probe. Where the graph shows a path from later tokens to the
// logits, the lab replaces the conditions by constants and probes again: a causal model stays causal under any values
// of its conditions, but a leak behind a gate has no gate left.

/** The parts of a recorded graph that this file reads; the loader checks the rest. */
export interface GraphNodes {
  readonly nodes: readonly GraphNode[];
}
interface GraphNode {
  readonly op: string;
  readonly inputs: readonly (readonly [node: number, output: number])[];
  readonly attrs: unknown;
  readonly numbers: unknown;
}
type Shape = readonly number[];

const COMPARISONS = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);
/** Functions that are 0 or flat where a gate is shut. Constants replace steps, the input replaces ramps and bounds. */
const STEPS = new Set(["sigmoid", "exp", "sign"]);
const RAMPS = new Set(["relu", "tanh", "softcap", "gelu", "silu", "erf", "floor"]);
const BOUNDS = new Set(["maximum", "minimum"]);

export interface Gate {
  readonly node: number;
  /** A condition becomes the constant 1 or 0; another gate passes its input on, for both values. */
  readonly condition: boolean;
}

/**
 * Values computed from tokens that may be a gate. A comparison with two equal axes is no gate: it is a mask over pairs
 * of positions, which may keep the model causal. Other functions count if they have at most one number per position.
 */
export function gatesOf(graph: GraphNodes, shapes: readonly Shape[], places: number): Gate[] {
  const fromTokens = dependents(graph);
  return graph.nodes.flatMap(({ op }, node) => {
    if (!fromTokens[node]) return [];
    const shape = shapes[node];
    if (COMPARISONS.has(op)) return pairs(shape) ? [] : [{ node, condition: true }];
    const small = shape.reduce((a, b) => a * b, 1) <= places && !pairs(shape);
    if (!small || !(STEPS.has(op) || RAMPS.has(op) || BOUNDS.has(op))) return [];
    return [{ node, condition: STEPS.has(op) }];
  });
}

/** The graph with these gates replaced, node by node: all nodes keep their numbers. */
export function forceGates<G extends GraphNodes>(
  graph: G,
  shapes: readonly Shape[],
  gates: readonly Gate[],
  value: 0 | 1,
): G {
  const nodes = [...graph.nodes];
  for (const { node, condition } of gates) {
    const { op, inputs, attrs, numbers } = nodes[node];
    if (condition) nodes[node] = { op: "full", inputs: [], attrs: { shape: shapes[node] }, numbers: [value] };
    else if (BOUNDS.has(op)) nodes[node] = { op: "add", inputs, attrs, numbers };
    else nodes[node] = { op: "add", inputs, attrs: { number: "right" }, numbers: [0] };
  }
  return { ...graph, nodes };
}

function pairs(shape: Shape): boolean {
  const wide = shape.filter((size) => size > 1);
  return new Set(wide).size < wide.length;
}

/** For each node, whether it depends on the tokens. */
function dependents({ nodes }: GraphNodes): boolean[] {
  const found: boolean[] = [];
  for (const { op, inputs } of nodes) found.push(op === "input" || inputs.some(([from]) => found[from]));
  return found;
}
