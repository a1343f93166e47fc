// Proves from a recorded forward pass alone that no logit at position t depends on a token after t, or on a token of
// another row. Follows every value once, in order; a failed proof names the operation at fault.

import type { Attrs, Meta, Operation } from "../graph/graph.ts";
import type { HostArray } from "../graph/leaf.ts";
import { numel, type Shape } from "../values/shape.ts";
import type { Dependence, Finding } from "../dependence/dependence.ts";
import { compress, make, TooLarge, uniform, type Field } from "../dependence/field.ts";
import { constant, mixed, NONE, settle, type Knowledge } from "../dependence/knowledge.ts";
import { followPointwise } from "../dependence/rules/pointwise.ts";

/** One node of a checked graph. */
export interface FollowedNode {
  readonly kind: "input" | "parameter" | "constant" | "operation";
  readonly index: number;
  readonly op: Operation | null;
  readonly inputs: readonly (readonly [node: number, output: number])[];
  readonly attrs: Attrs;
  readonly numbers: readonly number[];
  readonly outputs: readonly Meta[];
}

interface FollowedGraph {
  readonly nodes: readonly FollowedNode[];
  readonly output: readonly [node: number, output: number];
  /** [B, T]. */
  readonly input: Shape;
  readonly parameters: readonly HostArray[];
  readonly constants: readonly { readonly shape: Shape; readonly values: HostArray }[];
}

/** For a captured array with more elements only the bounds are used. */
const MAX_CONSTANT = 2 ** 20;

/** The facts about the outputs of every node. */
interface Known {
  readonly values: readonly (readonly Knowledge[])[];
  /** Nodes that cannot be followed. */
  readonly opaque: ReadonlySet<number>;
}

/** Analyses which tokens the logits depend on. Uses the values of weights: a factor of 0 removes a dependency. */
export function analyse(graph: FollowedGraph): Dependence {
  const known = follow(graph, false);
  if (typeof known === "number") {
    const unknown: Finding = {
      status: "unknown",
      node: known,
      detail: "the graph is too large to be followed",
    };
    return { rows: unknown, time: unknown };
  }
  let trusted: Known | number | null = null;
  const find = (ask: Question): Finding => {
    const broken = culprit(graph, known, ask);
    if (broken === null) return { status: "proved" };
    // Is there a fault even if every node that cannot be followed is harmless?
    trusted ??= follow(graph, true);
    const certain = typeof trusted === "number" ? null : culprit(graph, trusted, ask);
    const status = certain === null ? "unknown" : "violated";
    const node = certain?.node ?? broken.opaque ?? broken.node;
    const words = status === "unknown" ? "cannot be followed" : ask.words;
    return { status, node, detail: `${graph.nodes[node].op?.name ?? graph.nodes[node].kind} ${words}` };
  };
  return { rows: find(ROWS), time: find(TIME) };
}

/** Follows every node in order; returns the index of the first node that is too large to follow, if any. */
function follow(graph: FollowedGraph, trust: boolean): Known | number {
  const values: (readonly Knowledge[])[] = [];
  const opaque = new Set<number>();
  for (const [i, node] of graph.nodes.entries()) {
    try {
      values.push(followNode(graph, node, { values, trust, opaque: () => opaque.add(i) }));
    } catch (error) {
      if (error instanceof TooLarge) return i;
      throw error;
    }
  }
  return { values, opaque };
}

interface Way {
  readonly values: readonly (readonly Knowledge[])[];
  readonly trust: boolean;
  opaque(): void;
}

function followNode(graph: FollowedGraph, node: FollowedNode, way: Way): readonly Knowledge[] {
  const shape = node.outputs[0].shape;
  if (node.kind === "input") {
    const [B, T] = shape;
    return [
      {
        shape,
        time: compress(make([1, T], ([, t]) => t)),
        row: compress(make([B, 1], ([row]) => row)),
        low: uniform(2, 0),
        high: uniform(2, 2 ** 32),
      },
    ];
  }
  if (node.kind === "parameter") return [bounds(shape, graph.parameters[node.index])];
  if (node.kind === "constant") {
    const { values } = graph.constants[node.index];
    if (values.length > MAX_CONSTANT) return [bounds(shape, values)];
    let i = 0;
    const field = compress(make(shape, () => values[i++]));
    return [{ ...constant(shape, 0, 0), low: finiteOr(field, -Infinity), high: finiteOr(field, Infinity) }];
  }
  const { op, attrs, numbers, outputs } = node;
  const inputs = node.inputs.map(([from, which]) => way.values[from][which]);
  if (op?.pointwise) {
    const { pointwise } = op;
    return [followPointwise((emit, operands) => pointwise(emit, operands, node), numbers, inputs, shape)];
  }
  const followed = op?.follow?.({ attrs, numbers, inputs, outputs, trust: way.trust, opaque: way.opaque });
  if (followed) return followed.map((k) => settle(k));
  way.opaque();
  return outputs.map(({ shape: s }) => (way.trust ? constant(s, -Infinity, Infinity) : mixed(inputs, s)));
}

const finiteOr = (field: Field, none: number): Field =>
  field.data.some(Number.isNaN)
    ? { ...field, data: field.data.map((x) => (Number.isNaN(x) ? none : x)) }
    : field;

function bounds(shape: Shape, values: HostArray): Knowledge {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (Number.isNaN(value)) return constant(shape, -Infinity, Infinity);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return constant(shape, low, high);
}

/** One of the two questions, about positions or about rows. */
interface Question {
  readonly words: string;
  /** The axis of the logits [B, T, V] that the question is about. */
  readonly axis: number;
  field(k: Knowledge): Field;
  /** Size of that axis. */
  size(input: Shape): number;
  /** Whether an element at this place of the axis may depend on `value`. */
  fits(value: number, place: number): boolean;
}

const TIME: Question = {
  words: "looks ahead",
  axis: 1,
  field: (k) => k.time,
  size: ([, T]) => T,
  fits: (time, place) => time <= place,
};
const ROWS: Question = {
  words: "mixes rows",
  axis: 0,
  field: (k) => k.row,
  size: ([B]) => B,
  fits: (row, place) => row === NONE || row === place,
};

interface Culprit {
  /** The node at which a forbidden dependency begins. */
  readonly node: number;
  /** The first node on its way that cannot be followed. */
  readonly opaque: number | null;
}

/** The node at fault; null if the logits have only allowed dependencies. */
function culprit(graph: FollowedGraph, { values, opaque }: Known, ask: Question): Culprit | null {
  const [last, output] = graph.output;
  const logits = values[last][output];
  if (holdsAlong(ask.field(logits), logits.shape, ask.axis, 1, ask, 1)) return null;
  // Walks back from the logits through every value that has the forbidden dependency.
  const shows = new Set<number>();
  const stack = [last];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    if (shows.has(i)) continue;
    shows.add(i);
    for (const [node] of graph.nodes[i].inputs) {
      if (!values[node].every((k) => isAligned(k, ask, graph.input))) stack.push(node);
    }
  }
  const order = [...shows].sort((a, b) => a - b);
  // A view moves no element from one place to another: the operation that reads it is at fault.
  const node = order.find((i) => !isWholeView(graph.nodes[i].op)) ?? last;
  return { node, opaque: order.find((i) => opaque.has(i)) ?? null };
}

/** Whether the operation is a view of a whole tensor. A piece is not: the wrong piece may be the fault. */
const isWholeView = (op: Operation | null) => op?.view !== undefined && op.view !== "piece";

/** Whether every element of a value has only allowed dependencies, for some axis that may be that of the question. */
function isAligned(k: Knowledge, ask: Question, input: Shape): boolean {
  const field = ask.field(k);
  if (field.data.every((value) => value === NONE)) return true;
  const size = ask.size(input);
  for (let axis = 0; axis < k.shape.length; axis++) {
    // One axis, or two adjacent ones; a multiple of the size includes the axis of the other question.
    for (const count of [1, 2]) {
      if (axis + count > k.shape.length) continue;
      const length = numel(k.shape.slice(axis, axis + count));
      const multiple = length % size === 0 ? length / size : length > size / 2 && length < size ? 1 : 0;
      if (multiple > 0 && holdsAlong(field, k.shape, axis, count, ask, multiple)) return true;
    }
  }
  return false;
}

/**
 * Whether all elements fit their place along `count` axes from `axis` on. An axis with `multiple` times as many places
 * combines rows and positions, rows first: positions repeat in it, and the places of one row are adjacent.
 */
function holdsAlong(
  field: Field,
  shape: Shape,
  axis: number,
  count: number,
  ask: Question,
  multiple: number,
): boolean {
  const sizes = field.sizes;
  const length = numel(shape.slice(axis, axis + count));
  const index = new Array<number>(sizes.length).fill(0);
  for (const value of field.data) {
    // Along an axis on which the field does not vary, the strictest place decides.
    let [first, last] = [0, 0];
    for (let i = axis; i < axis + count; i++) {
      first = first * shape[i] + (sizes[i] === 1 ? 0 : index[i]);
      last = last * shape[i] + (sizes[i] === 1 ? shape[i] - 1 : index[i]);
    }
    const place = (p: number) => (ask === TIME ? p % (length / multiple) : Math.floor(p / multiple));
    if (!ask.fits(value, place(first)) || (ask === ROWS && !ask.fits(value, place(last)))) return false;
    for (let i = sizes.length - 1; i >= 0; i--) {
      if (++index[i] < sizes[i]) break;
      index[i] = 0;
    }
  }
  return true;
}
