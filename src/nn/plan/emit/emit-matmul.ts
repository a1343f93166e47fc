// Emits a product with the chains fused into it: a cheap one on its left operand, and the one that reads its result.

import { leftOf, productShape } from "../analyse/products.ts";
import { assert } from "../../../error.ts";
import type { Node, Value } from "../../graph/graph.ts";
import type { ExtraKind } from "../../kernels/wgsl/epilogue.ts";
import { matmul } from "../../kernels/layers/matmul.ts";
import { numel } from "../../values/shape.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { ExpressionBuilder } from "../analyse/expression-builder.ts";
import { ELSEWHERE, extraKind, singleMatrix } from "../analyse/fusion.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";
import { joined, spaced } from "../analyse/placement.ts";
import type { Emission } from "./emission.ts";
import type { Group } from "../batch/groups.ts";

/** Emits the product. With `root`, the end of a chain, the product itself is an intermediate and never stored. */
export function emitMatmul(planner: Emission, node: Node, root: Node | null): void {
  planner.markEmitted(node);
  const numbers: NumberSource[] = [];
  const parts = partsOf(planner, node);
  const { prologueA, a, b, shape } = parts ?? operandsOf(planner, node, numbers);

  const builder = new ExpressionBuilder({ firstInput: 1, numbers });
  const product = builder.rawInput(0);
  const known = new Map<Value, number>([[node.out(), product]]);
  for (const part of parts?.nodes ?? []) if (part !== node) known.set(part.out(), ELSEWHERE);
  const inMemory = (value: Value) => planner.inMemory(value);
  const roots = root ? [root] : [node];
  const results = [root ? planner.fusion.build(builder, root, inMemory, known) : product];
  // The chain's inputs must be computed before this kernel; reading one may emit it.
  for (const { value } of builder.inputs) planner.read(value);
  if (!root) addCompanions(planner, node, builder, known, roots, results);

  const extras = builder.inputs.map(({ value, shape: seen }) => ({
    operand: planner.read(value),
    kind: extraKind(node, roots[0], seen) ?? "full",
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

/** One product that sums this one and its siblings over all operands; null if these are not at equal distances. */
function partsOf(planner: Emission, node: Node) {
  const nodes = planner.sums.of(node);
  if (!nodes) return null;
  const all = (i: number) => spaced(nodes.map((part) => planner.read(matrixSource(part.in(i)).base)));
  const [a, b] = [all(0), all(1)];
  // A part that another node read by itself is already computed.
  if (!a || !b || nodes.some((part) => part !== node && planner.emitted(part))) return null;
  for (const part of nodes) planner.markEmitted(part);
  const shape = { ...productShape(node), parts: { count: nodes.length, a: a.stride, b: b.stride } };
  return { nodes, prologueA: undefined, a: a.operand, b: b.operand, shape };
}

/** Emits equal products as one batch. Returns false, and emits nothing, if their operands do not lie as planned. */
export function emitProducts(planner: Emission, { nodes, inner }: Group): boolean {
  const [first] = nodes;
  assert(first, "a group has members");
  const heads = nodes.filter((_, i) => i % inner === 0);
  const left = (node: Node) => leftOf(planner.fusion, planner.analysis, node);
  const a = spaced(heads.map((node) => planner.read(left(node)?.value ?? matrixSource(node.in(0)).base)));
  const b = spaced(nodes.map((node) => planner.read(matrixSource(node.in(1)).base)));
  const outputs = nodes.map((node) => planner.output(node));
  const rows = heads.map((_, i) => joined(outputs.slice(i * inner, (i + 1) * inner)) ?? undefined);
  const out = spaced(rows);
  if (!a || !b || !out) return false;
  const shape = {
    ...productShape(first),
    prologueA: left(first)?.prologue,
    batch: nodes.length,
    inner,
    strideA: heads.length > 1 ? a.stride : 0,
    strideB: b.stride,
    strideC: out.stride,
  };
  planner.emit(matmul(planner.caps, shape), [a.operand, b.operand, out.operand]);
  return true;
}

function operandsOf(planner: Emission, node: Node, numbers: NumberSource[]) {
  const [left, right] = [matrixSource(node.in(0)), matrixSource(node.in(1))];
  let prologueA;
  let a;
  if (planner.fusion.inline(left.base.node) && !planner.inMemory(left.base)) {
    const builder = new ExpressionBuilder({ numbers });
    prologueA = builder.finish(planner.fusion.build(builder, left.base.node, (v) => planner.inMemory(v)));
    const [input] = builder.inputs;
    a = planner.read(input.value);
  } else a = planner.read(left.base);
  const b = planner.read(right.base);
  return { a, b, prologueA, shape: productShape(node) };
}

/** Adds stored chains that read only this product and tensors in memory: its kernel computes them too. */
function addCompanions(
  planner: Emission,
  node: Node,
  builder: ExpressionBuilder,
  known: Map<Value, number>,
  roots: Node[],
  results: number[],
): void {
  for (const other of planner.fusion.chainsReading(node.out())) {
    if (planner.emitted(other) || planner.fusion.absorbs(other) || planner.stored.targetOf(other.out()))
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
