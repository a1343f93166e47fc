// Gives results the memory where a later operation wants them: gradients side by side for the optimizer's one dispatch,
// the pieces of a concatenation inside it.

import { rolesOf, type Node, type Value } from "../../graph/graph.ts";
import { offsetOf, type Persistent } from "../../graph/leaf.ts";
import { assert } from "../../../error.ts";
import type { Analysis } from "./analysis.ts";
import { canonical } from "../../graph/look-through.ts";
import type { Operand } from "../../graph/lowering.ts";
import { numel } from "../../values/shape.ts";
import type { FoldedClipping } from "./fold-clipping.ts";

/** Gives a parent buffer: kept under the key, or (null) a temporary. */
type Parent = (count: number, key: string | null) => Operand;

/** A persistent tensor's own memory. */
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
    // Backwards, so that a reader's wish is known before its inputs are placed.
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

  /** The place of a value that has one. */
  placed(value: Value): Operand {
    const place = this.#places.get(value);
    assert(place, `${value.node.op.name} has no place of its own`);
    return place;
  }

  /** Where a value will lie, if that is known before anything is computed. */
  whereabouts(value: Value): Operand | undefined {
    const { start } = value.node;
    return start?.kind === "persistent" ? this.#home(start) : this.#places.get(value);
  }

  /** Lays values of one size side by side, unless some of them have a place of their own. */
  together(values: readonly Value[]): boolean {
    if (!this.free(values)) return false;
    if (this.adjacent(values)) return true;
    const count = numel(values[0].shape);
    const { buffer, offset } = this.#parent(count * values.length, null);
    values.forEach((value, i) => this.#places.set(value, { buffer, offset: offset + i * count, count }));
    return true;
  }
  /** Whether the values could be laid side by side, or are. */
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

  /** Lays rows of values, each a buffer of their own until now, one after the other in one buffer. */
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

  /** The inputs of a concatenation in memory order are computed inside its result. */
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

  /** Places a gradient where its scaled version is wanted, if only the scaling reads it or updates scale it themselves. */
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

  /** The nodes that a number is computed from elementwise: they are emitted before any reader of it. */
  #makersOf(value: Value): ReadonlySet<Node> {
    const makers = new Set<Node>();
    const visit = (node: Node): void => {
      if (node.op.pointwise) node.inputs.forEach((_, i) => visit(this.#analysis.source(node, i).base.node));
      else makers.add(node);
    };
    visit(canonical(value).node);
    return makers;
  }

  /** Gradients in the order of their parameters' group. */
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

/** Operands of one size at equal distances, as one that covers all, and the distance; null where they are not. */
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

/** Operands of one buffer in memory order as one that covers all, and what lies between them; null where they are not. */
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

/** Operands of one size that follow each other without a gap, as one; null where they do not. */
export function joined(operands: readonly (Operand | undefined)[]): Operand | null {
  const all = spaced(operands);
  return all && (operands.length === 1 || all.stride === operands[0]?.count) ? all.operand : null;
}
