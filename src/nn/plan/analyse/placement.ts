// Places results in the memory where a later operation needs them: gradients side by side for the optimizer's single
// dispatch, the inputs of a concatenation inside its result.

import { rolesOf, type Node, type Value } from "../../graph/graph.ts";
import { offsetOf, type Persistent } from "../../graph/leaf.ts";
import { assert } from "../../../error.ts";
import type { Analysis } from "./analysis.ts";
import { canonical } from "../../graph/look-through.ts";
import type { Operand } from "../../graph/lowering.ts";
import { numel } from "../../values/shape.ts";
import type { FoldedClipping } from "./fold-clipping.ts";

/** Returns a parent buffer: kept under the key, or a temporary if the key is null. */
type Parent = (count: number, key: string | null) => Operand;

/** Returns the memory of a persistent tensor. */
type Home = (leaf: Persistent) => Operand;

export class Placement {
  readonly #places = new Map<Value, Operand>();
  readonly #analysis: Analysis;
  readonly #scales: FoldedClipping;
  readonly #parent: Parent;
  readonly #home: Home;

  constructor(analysis: Analysis, scales: FoldedClipping, parent: Parent, home: Home) {
    this.#analysis = analysis;
    this.#scales = scales;
    this.#parent = parent;
    this.#home = home;
    // Backwards, so that a reader is placed before its inputs.
    for (let i = analysis.live.length - 1; i >= 0; i--) {
      const node = analysis.live[i];
      if (node.op.joins?.(node)) this.#pieces(node);
      else if (node.op.isScaling) this.#scaled(node);
      else if (rolesOf(node) > 0) this.#gradients(node, rolesOf(node));
    }
  }

  of(value: Value): Operand | undefined {
    return this.#places.get(value);
  }

  /** The place of a value; asserts that it has one. */
  placed(value: Value): Operand {
    const place = this.#places.get(value);
    assert(place, `${value.node.op.name} has no place of its own`);
    return place;
  }

  /** The place where a value will lie, if it is known before any kernel is emitted. */
  whereabouts(value: Value): Operand | undefined {
    const { start } = value.node;
    return start?.kind === "persistent" ? this.#home(start) : this.#places.get(value);
  }

  /** Lays values of one size side by side, unless some of them already have another place. */
  together(values: readonly Value[]): boolean {
    if (!this.free(values)) return false;
    if (this.adjacent(values)) return true;
    const count = numel(values[0].shape);
    const { buffer, offset } = this.#parent(count * values.length, null);
    values.forEach((value, i) => this.#places.set(value, { buffer, offset: offset + i * count, count }));
    return true;
  }
  /** Whether the values can be laid side by side, or already are. */
  free(values: readonly Value[]): boolean {
    const [first] = values;
    if (!first || new Set(values).size !== values.length) return false;
    if (this.adjacent(values)) return true;
    const count = numel(first.shape);
    return (
      count % 64 === 0 &&
      values.every(
        (value) => this.#movable(value) && !this.#places.has(value) && numel(value.shape) === count,
      )
    );
  }
  /** Whether the values have places side by side, in this order. */
  adjacent(values: readonly Value[]): boolean {
    return joined(values.map((value) => this.#places.get(value))) !== null;
  }

  /** Lays rows of values one after the other in one buffer; until now each row is a separate buffer. */
  inOne(rows: readonly (readonly Value[])[]): boolean {
    const values = rows.flat();
    const count = numel(values[0].shape);
    const own = rows.every((row) => {
      const whole = joined(row.map((value) => this.#places.get(value)));
      return whole?.buffer.kind === "temporary" && whole.buffer.count === row.length * count;
    });
    if (!own || new Set(values).size !== values.length) return false;
    const { buffer } = this.#parent(count * values.length, null);
    values.forEach((value, i) => this.#places.set(value, { buffer, offset: i * count, count }));
    return true;
  }

  /** Places the inputs of a concatenation, which follow each other in memory, inside its result. */
  #pieces(node: Node): void {
    const target = this.#places.get(node.out()) ?? this.#parent(numel(node.out().shape), null);
    this.#places.set(node.out(), target);
    let offset = 0;
    for (const input of node.inputs) {
      const count = numel(input.shape);
      this.#put(canonical(input), { buffer: target.buffer, offset: target.offset + offset, count });
      offset += count;
    }
  }

  /** Places a gradient where its scaled version belongs, if only the scaling reads it or updates apply the scale. */
  #scaled(node: Node): void {
    const before = this.#makersOf(node.in(node.inputs.length - 1));
    node.inputs.slice(0, -1).forEach((input, i) => {
      const base = canonical(input);
      const place = this.#places.get(node.out(i));
      const only = this.#analysis
        .uses(base)
        .every((use) => use.node === node || (use.node !== null && before.has(use.node)));
      if ((only || this.#scales.updatesOf(node)) && place) this.#put(base, place);
    });
  }

  /** The nodes from which elementwise nodes compute a number: they are emitted before any reader of the number. */
  #makersOf(value: Value): ReadonlySet<Node> {
    const makers = new Set<Node>();
    const visit = (node: Node): void => {
      if (node.op.pointwise) node.inputs.forEach((_, i) => visit(this.#analysis.source(node, i).base.node));
      else makers.add(node);
    };
    visit(canonical(value).node);
    return makers;
  }

  /** Places gradients in the order of the parameters in their group. */
  #gradients(node: Node, roles: number): void {
    const count = node.inputs.length / roles;
    if (count < 2) return;
    for (let i = 0; i < count; i++) {
      const leaf = canonical(node.in(i)).node.leaf;
      if (leaf?.kind !== "persistent" || leaf.group.members.length < 2) continue;
      const parent = this.#parent(leaf.group.total, `gradients ${leaf.group.id}`);
      const offset = offsetOf(leaf);
      this.#put(canonical(node.in(count + i)), { buffer: parent.buffer, offset, count: numel(leaf.shape) });
    }
  }

  #put(value: Value, place: Operand): void {
    if (!this.#movable(value) || place.offset % 64 !== 0 || this.#places.has(value)) return;
    this.#places.set(value, place);
  }

  #movable(value: Value): boolean {
    const { node } = value;
    return !node.leaf && !node.op.view && rolesOf(node) === 0 && !this.#analysis.uniform(value);
  }
}

/** One operand that covers operands of one size at equal distances, and the distance; null if they do not fit. */
export function spaced(
  operands: readonly (Operand | undefined)[],
): { readonly operand: Operand; readonly stride: number } | null {
  const [first, second] = operands;
  if (!first) return null;
  const stride = second ? second.offset - first.offset : first.count;
  const fits = operands.every(
    (operand, i) =>
      operand?.buffer === first.buffer &&
      operand.count === first.count &&
      operand.half === first.half &&
      operand.offset === first.offset + i * stride,
  );
  if (!fits || stride < first.count) return null;
  return { operand: { ...first, count: stride * (operands.length - 1) + first.count }, stride };
}

/** One operand that covers operands of one buffer in memory order, with the gaps between; null if they do not fit. */
export function covering(operands: readonly Operand[]): Operand | null {
  const [first, last] = [operands[0], operands[operands.length - 1]];
  if (!first || !last) return null;
  const fits = operands.every(({ buffer, offset, half }, i) => {
    const before = operands[i - 1];
    return (
      buffer === first.buffer && half === first.half && (!before || before.offset + before.count <= offset)
    );
  });
  return fits ? { ...first, count: last.offset + last.count - first.offset } : null;
}

/** One operand that covers operands of one size that follow each other without a gap; null if they do not fit. */
export function joined(operands: readonly (Operand | undefined)[]): Operand | null {
  const all = spaced(operands);
  return all && (operands.length === 1 || all.stride === operands[0]?.count) ? all.operand : null;
}
