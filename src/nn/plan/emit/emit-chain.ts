// A fused elementwise chain as a kernel of its own, or as the end of the product, norm gradient or sum it absorbs.

import { assert } from "../../../error.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { elementwise } from "../../kernels/basic/elementwise.ts";
import { rmsNormGrad } from "../../kernels/layers/norm.ts";
import { rowsOf } from "../../ops/layers/norm.ts";
import { sumSquaresInto } from "../../ops/basic/update.ts";
import { numel, type Shape } from "../../values/shape.ts";
import { canonical } from "../../ops/basic/look-through.ts";
import { emitMatmul } from "./emit-matmul.ts";
import { ExpressionBuilder } from "../analyse/expression-builder.ts";
import type { Operand } from "../../graph/lowering.ts";
import type { Planner } from "./planner.ts";

export function emitChain(planner: Planner, root: Node): void {
  const absorbed = planner.fusion.absorbs(root);
  if (absorbed && !planner.emitted(absorbed)) {
    if (absorbed.op.name === "matmul") {
      emitMatmul(planner, absorbed, root);
      return;
    }
    const emit = absorbed.op.name === "sumSquares" ? emitSumSquares : emitNormGrad;
    if (emit(planner, absorbed, root)) return;
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
    planner.homes.nowHolds(home.leaf, root.out());
    outputs = inPlace >= 0 ? [] : [planner.home(home.leaf)];
  } else outputs = roots.map((node) => planner.output(node));
  planner.emit(kernel, [...operands, ...outputs], builder.numbers);
}

/** Everything that covers all elements has the shape of the result, whatever views it came through. */
function fitted(shape: Shape, result: Shape): Shape {
  return numel(shape) === numel(result) ? result : numel(shape) === 1 ? [] : shape;
}

/**
 * The persistent tensor the chain's result is stored in, when it can be computed right there: nothing else still has
 * to read the old value, and the chain itself reads it element by element or not at all.
 */
function homeFor(
  planner: Planner,
  root: Node,
  builder: ExpressionBuilder,
  known: ReadonlyMap<Value, number>,
) {
  const target = planner.homes.targetOf(root.out());
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

/** Other chains of the same shape over the same tensors, whose inputs are all there: one pass over memory for all. */
function addSiblings(
  planner: Planner,
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
    for (const other of rootsFrom(planner, value)) {
      if (roots.includes(other) || planner.emitted(other) || other.index - root.index > 24) continue;
      if (
        other.out().shape.join() !== shape ||
        planner.fusion.absorbs(other) ||
        planner.homes.targetOf(other.out())
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

/** The stored chains that read a value, directly or through chains computed inside them. */
export function rootsFrom(planner: Planner, value: Value): Node[] {
  const found = new Set<Node>();
  const visit = (v: Value): void => {
    for (const { node } of planner.analysis.uses(v)) {
      if (!node?.op.pointwise || found.has(node)) continue;
      if (planner.fusion.inline(node)) visit(node.out());
      else found.add(node);
    }
  };
  visit(value);
  return [...found];
}

/** What clipping makes of the norm, in the sum's own kernel; false where that sum is of several pieces. */
function emitSumSquares(planner: Planner, sum: Node, root: Node): boolean {
  const builder = new ExpressionBuilder();
  const result = planner.fusion.build(builder, root, () => false);
  const end = { expression: builder.finish(result), numbers: builder.numbers };
  if (!sumSquaresInto(sum, planner, planner.output(root), end)) return false;
  planner.markEmitted(sum);
  return true;
}

/** dx + other in the norm's own gradient kernel; false when `other` is itself part of a chain. */
function emitNormGrad(planner: Planner, grad: Node, root: Node): boolean {
  const dx = grad.out(0);
  const other = [0, 1].map((i) => planner.analysis.source(root, i)).find(({ base }) => base !== dx);
  if (!other || root.inputs.every((input) => canonical(input) !== dx)) return false;
  if (
    numel(other.shape) !== numel(dx.shape) ||
    (planner.fusion.inline(other.base.node) && !planner.inMemory(other.base))
  )
    return false;
  if (root.inputs.some((input) => planner.uniform(input))) return false;
  const gain = grad.inputs.length === 3;
  const { rows, width } = rowsOf(dx.shape);
  const kernel = rmsNormGrad(planner.caps, {
    rows,
    width,
    gain,
    epsilon: grad.attrs.epsilon as number,
    addend: true,
  });
  const inputs = [...grad.inputs.map((input) => planner.read(input)), planner.read(other.base)];
  planner.markEmitted(grad);
  assert(root.out().dtype === "f32", "gradients are f32");
  planner.emit(kernel, [...inputs, planner.output(root), ...(gain ? [planner.output(grad, 1)] : [])]);
  return true;
}
