// A product with what fuses into it: a cheap chain on its left operand, and the chain that reads its result.

import { assert } from "../../error.ts";
import type { Node, Value } from "../graph.ts";
import type { ExtraKind } from "../kernels/fuse.ts";
import { matmul } from "../kernels/matmul.ts";
import { numel } from "../shape.ts";
import { matrixSource } from "./analysis.ts";
import { rootsFrom } from "./emit-chain.ts";
import { ExpressionBuilder } from "./expression-builder.ts";
import { extraKind, singleMatrix } from "./fusion.ts";
import type { Operand } from "./lowering.ts";
import type { NumberSource } from "./numbers.ts";
import type { Planner } from "./planner.ts";

/** Emits the product; with `root`, its result is only an intermediate of that chain and never stored. */
export function emitMatmul(planner: Planner, node: Node, root: Node | null): void {
  planner.markEmitted(node);
  const numbers: NumberSource[] = [];
  const { prologueA, a, b, shape } = operandsOf(planner, node, numbers);

  const builder = new ExpressionBuilder({ firstInput: 1, numbers });
  const product = builder.rawInput(0);
  const known = new Map<Value, number>([[node.out(), product]]);
  const inMemory = (value: Value) => planner.inMemory(value);
  const roots = root ? [root] : [node];
  const results = [root ? planner.fusion.build(builder, root, inMemory, known) : product];
  // What the chain reads must be computed before this kernel; reading may emit it.
  for (const { value } of builder.inputs) planner.read(value);
  if (!root) addCompanions(planner, node, builder, known, roots, results);

  const extras = builder.inputs.map(({ value, shape: seen }) => ({
    operand: planner.read(value),
    kind: extraKind(node, roots[0] ?? node, seen) ?? "full",
  }));
  const plain = !root && roots.length === 1;
  const kernel = matmul(planner.caps, {
    ...shape,
    prologueA,
    epilogue: plain
      ? undefined
      : { expression: builder.finish(...results), extras: extras.map(({ kind }): ExtraKind => kind) },
  });
  planner.emit(
    kernel,
    [a, b, ...extras.map(({ operand }) => operand), ...roots.map((r) => planner.output(r))],
    numbers,
  );
}

/** Products alike whose right operands and results lie side by side, over one left operand: a batch. */
export function emitProducts(planner: Planner, nodes: readonly Node[], b: Operand, out: Operand): void {
  const [first] = nodes;
  assert(first, "a group has members");
  const a = planner.read(matrixSource(first.in(0)).base);
  const shape = { ...productShape(first), batch: nodes.length, strideA: 0, strideB: undefined };
  planner.emit(matmul(planner.caps, shape), [a, b, out]);
}

/** The product as the kernels see it: transposed sources looked through, batches of rows made one. */
export function productShape(node: Node) {
  const [left, right] = [matrixSource(node.in(0)), matrixSource(node.in(1))];
  const out = node.out().shape;
  const n = out[out.length - 1] ?? 1;
  let m = out[out.length - 2] ?? 1;
  const shapeA = node.in(0).shape;
  const k = shapeA[shapeA.length - (node.attrs.transposeA === true ? 2 : 1)] ?? 1;
  let batch = numel(out) / (m * n);
  const [batchA, batchB] = [numel(shapeA.slice(0, -2)), numel(node.in(1).shape.slice(0, -2))];
  const transposeA = (node.attrs.transposeA === true) !== left.transposed;
  const transposeB = (node.attrs.transposeB === true) !== right.transposed;
  // Rows of the whole batch against one right operand are one product.
  if (batchB === 1 && batchA === batch && !transposeA) [m, batch] = [m * batch, 1];
  return {
    batch,
    m,
    n,
    k,
    transposeA,
    transposeB,
    strideA: batch > 1 && batchA === 1 ? 0 : undefined,
    strideB: batch > 1 && batchB === 1 ? 0 : undefined,
  };
}

function operandsOf(planner: Planner, node: Node, numbers: NumberSource[]) {
  const [left, right] = [matrixSource(node.in(0)), matrixSource(node.in(1))];
  let prologueA;
  let a;
  if (planner.fusion.inline(left.base.node) && !planner.inMemory(left.base)) {
    const builder = new ExpressionBuilder({ numbers });
    prologueA = builder.finish(planner.fusion.build(builder, left.base.node, (v) => planner.inMemory(v)));
    const [input] = builder.inputs;
    a = planner.read(input?.value ?? left.base);
  } else a = planner.read(left.base);
  const b = planner.read(right.base);
  return { a, b, prologueA, shape: productShape(node) };
}

/** Stored chains that need only this product and what is there already are computed by its kernel too. */
function addCompanions(
  planner: Planner,
  node: Node,
  builder: ExpressionBuilder,
  known: Map<Value, number>,
  roots: Node[],
  results: number[],
): void {
  for (const other of rootsFrom(planner, node.out())) {
    if (planner.emitted(other) || planner.fusion.absorbs(other) || planner.homes.targetOf(other.out()))
      continue;
    if (numel(other.out().shape) !== numel(node.out().shape)) continue;
    const trial = new ExpressionBuilder();
    planner.fusion.build(trial, other, (value) => planner.inMemory(value));
    const rest = trial.inputs.filter(({ value }) => value !== node.out());
    const there = rest.every(
      ({ value, shape }) => planner.inMemory(value) && extraKind(node, other, shape) !== null,
    );
    const columns = rest.some(({ shape }) => extraKind(node, other, shape) === "column");
    const fits =
      2 + builder.inputs.length + rest.length + roots.length + 1 <=
      Math.min(8, planner.caps.maxStorageBuffers);
    if (!there || !fits || (columns && !singleMatrix(node))) continue;
    const result = planner.fusion.build(builder, other, (value) => planner.inMemory(value), known);
    results.push(result);
    roots.push(other);
    planner.markEmitted(other);
  }
}
