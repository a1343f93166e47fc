// Emits a fused elementwise chain: as a separate kernel, or in the kernel of a product, norm gradient or sum.

import { assert } from "../../../error.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { elementwise } from "../../kernels/basic/elementwise.ts";
import { numel, type Shape } from "../../values/shape.ts";
import { canonical } from "../../graph/look-through.ts";
import { emitMatmul } from "./emit-matmul.ts";
import { ExpressionBuilder } from "../analyse/expression-builder.ts";
import type { Operand } from "../../graph/lowering.ts";
import type { Emission } from "./emission.ts";

export function emitChain(planner: Emission, root: Node): void {
  const absorbed = planner.fusion.absorbs(root);
  if (absorbed && !planner.emitted(absorbed)) {
    if (absorbed.op.isProduct) {
      emitMatmul(planner, absorbed, root);
      return;
    }
    const emit = absorbed.op.lowerEnding ? emitEnding : emitAdding;
    if (emit(planner, absorbed, root)) {
      planner.markEmitted(absorbed);
      return;
    }
  }
  const builder = new ExpressionBuilder();
  const known = new Map<Value, number>();
  const inMemory = (value: Value) => planner.inMemory(value);
  const results = [planner.fusion.build(builder, root, inMemory, known)];
  const shape = root.out().shape;
  const home = homeFor(planner, root, builder, known);
  const roots = [root];
  if (!home) addSiblings(planner, root, builder, known, roots, results);
  const operands = builder.inputs.map(({ value }) => planner.read(value));
  const inputs = builder.inputs.map((input) => ({ shape: fitted(input.shape, shape) }));
  const inPlace = home ? builder.inputs.findIndex(({ value }) => value === home.holds) : -1;
  const kernel = elementwise(planner.caps, {
    shape,
    inputs,
    expression: builder.finish(...results),
    inPlace: inPlace >= 0 ? inPlace : undefined,
  });
  let outputs: Operand[];
  if (home) {
    planner.stored.nowHolds(home.leaf, root.out());
    outputs = inPlace >= 0 ? [] : [planner.home(home.leaf)];
  } else outputs = roots.map((node) => planner.output(node));
  planner.emit(kernel, [...operands, ...outputs], builder.numbers);
}

/** The shape of an input for the kernel: that of the result if it covers all elements, through any views. */
function fitted(shape: Shape, result: Shape): Shape {
  return numel(shape) === numel(result) ? result : numel(shape) === 1 ? [] : shape;
}

/**
 * The persistent tensor that stores the chain's result, if the chain can compute it in the tensor's memory: no other
 * node still has to read the old value, and the chain reads it element by element or not at all.
 */
function homeFor(
  planner: Emission,
  root: Node,
  builder: ExpressionBuilder,
  known: ReadonlyMap<Value, number>,
) {
  const target = planner.stored.targetOf(root.out());
  if (!target) return null;
  const { leaf, holds } = target;
  if (!holds) return { leaf, holds };
  const inside = new Set([root, ...[...known.keys()].map((value) => value.node)]);
  if (
    planner.pending(
      holds,
      (node) =>
        inside.has(node) &&
        planner.analysis
          .uses(node.out())
          .every((u) => node === root || (u.node !== null && inside.has(u.node))),
    )
  )
    return null;
  const reads = builder.inputs.filter(({ value }) => value === holds);
  if (reads.length > 1 || reads.some(({ shape }) => numel(shape) !== numel(root.out().shape))) return null;
  return { leaf, holds };
}

/** Adds other chains of the same shape over the same tensors, if their inputs are in memory: one pass for all. */
function addSiblings(
  planner: Emission,
  root: Node,
  builder: ExpressionBuilder,
  known: Map<Value, number>,
  roots: Node[],
  results: number[],
): void {
  const size = numel(root.out().shape);
  const shape = root.out().shape.join();
  const most = Math.min(7, planner.caps.maxStorageBuffers);
  for (const { value } of [...builder.inputs]) {
    if (numel(value.shape) !== size) continue;
    for (const other of planner.fusion.chainsReading(value)) {
      if (roots.includes(other) || planner.emitted(other) || other.index - root.index > 24) continue;
      if (
        other.out().shape.join() !== shape ||
        planner.fusion.absorbs(other) ||
        planner.stored.targetOf(other.out())
      )
        continue;
      const trial = new ExpressionBuilder();
      planner.fusion.build(trial, other, (v) => planner.inMemory(v));
      const extra = trial.inputs.filter((input) => !builder.inputs.some((own) => own.value === input.value));
      if (!trial.inputs.every((input) => planner.inMemory(input.value))) continue;
      if (builder.inputs.length + extra.length + roots.length + 1 > most) continue;
      results.push(planner.fusion.build(builder, other, (v) => planner.inMemory(v), known));
      roots.push(other);
      planner.markEmitted(other);
    }
  }
}

/** Emits the chain in the absorbed node's kernel; returns false if that kernel does not support it. */
function emitEnding(planner: Emission, absorbed: Node, root: Node): boolean {
  const builder = new ExpressionBuilder();
  const result = planner.fusion.build(builder, root, () => false);
  const end = { expression: builder.finish(result), numbers: builder.numbers };
  return absorbed.op.lowerEnding?.(absorbed, planner, planner.output(root), end) === true;
}

/** Adds a tensor to output 0 in the absorbed node's kernel; returns false if that tensor is part of a chain. */
function emitAdding(planner: Emission, absorbed: Node, root: Node): boolean {
  const value = absorbed.out(0);
  const other = [0, 1].map((i) => planner.analysis.source(root, i)).find(({ base }) => base !== value);
  if (!other || root.inputs.every((input) => canonical(input) !== value)) return false;
  if (numel(other.shape) !== numel(value.shape)) return false;
  if (planner.fusion.inline(other.base.node) && !planner.inMemory(other.base)) return false;
  if (root.inputs.some((input) => planner.uniform(input))) return false;
  assert(root.out().dtype === "f32", "gradients are f32");
  absorbed.op.lowerAdding?.(absorbed, planner, other.base, root);
  return true;
}
