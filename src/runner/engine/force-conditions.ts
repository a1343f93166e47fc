// A gate that waits for rare tokens is shut whenever it is asked. Where the graph shows a way from later tokens to the
// logits, its conditions are replaced by constants and the question is asked again: a causal model stays causal whatever
// its conditions are, and a leak behind a gate has no gate left.

/** As much of a recorded graph as is looked at here; the loader checks the rest. */
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
/** What is 0 or flat where a gate is shut, and what passes the gate's input on in its place. */
const STEPS = new Set(["sigmoid", "exp", "sign"]);
const RAMPS = new Set(["relu", "tanh", "softcap", "gelu", "silu", "erf", "floor"]);
const BOUNDS = new Set(["maximum", "minimum"]);

export interface Gate {
  readonly node: number;
  /** Conditions become 1 or 0; the others are replaced in the same way by both. */
  readonly condition: boolean;
}

/**
 * Values computed from tokens that may be a gate. A comparison with two axes alike is none: it is a mask over pairs of
 * positions, which may be what keeps a model causal. Other functions count when they give one number a place at most.
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

/** The graph with these gates replaced, node by node: numbers of nodes stay what they are. */
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

/** Which nodes are computed from the tokens. */
function dependents({ nodes }: GraphNodes): boolean[] {
  const found: boolean[] = [];
  for (const { op, inputs } of nodes) found.push(op === "input" || inputs.some(([from]) => found[from]));
  return found;
}
