// Emits a loss whose logits are computed some rows at a time: product, loss, gradient in place, and the products of
// that gradient, chunk after chunk in the same memory. If the upstream gradient of the losses is not one known number,
// it may depend on all losses: then the forward pass computes the chunks, and the backward pass computes them again.

import { assert } from "../../../error.ts";
import type { Node, RowKernels, Value } from "../../graph/graph.ts";
import { elementwise } from "../../kernels/basic/elementwise.ts";
import { binaryOf } from "../../kernels/wgsl/expression.ts";
import type { Epilogue } from "../../kernels/wgsl/epilogue.ts";
import { matmul } from "../../kernels/layers/matmul.ts";
import { reduce } from "../../kernels/basic/reduce.ts";
import { numel } from "../../values/shape.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { productShape } from "../analyse/products.ts";
import { ExpressionBuilder } from "../analyse/expression-builder.ts";
import { extraKind } from "../analyse/fusion.ts";
import type { Operand } from "../../graph/lowering.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";
import type { Emission } from "./emission.ts";
import { backwardOf, forwardOf, type RowLoss, type RowSink } from "../analyse/row-chunks.ts";

const SUM = binaryOf("add");
/** Adds a product to the sum of the chunks before. */
const ONTO: Epilogue = { expression: SUM, extras: ["full"], inPlace: [0] };

/** Emits the part of the group, forward or backward or both, to which the node belongs. */
export function emitRowLoss(planner: Emission, group: RowLoss, node: Node): void {
  const { grad } = group;
  const up = grad && planner.uniform(grad.in(3));
  const [before, after] = [forwardOf(group), backwardOf(group)];
  const nodes = up ? [...before, ...after] : after.includes(node) ? after : before;
  for (const member of nodes) planner.markEmitted(member);
  const emitter = new RowEmitter(planner, group);
  if (grad && up) emitter.both(up);
  else if (grad && nodes === after) emitter.backward(grad);
  else emitter.forward();
}

/** A range of consecutive rows. */
interface Chunk {
  readonly first: number;
  readonly rows: number;
}

class RowEmitter {
  readonly #planner: Emission;
  readonly #group: RowLoss;
  readonly #kernels: RowKernels;
  readonly #chunks: Chunk[] = [];
  readonly #vocab: number;
  /** Buffer of the logits of a chunk, then of their gradient. */
  readonly #logits: Operand;

  constructor(planner: Emission, group: RowLoss) {
    this.#planner = planner;
    this.#group = group;
    assert(group.loss.op.byRows, "a loss in chunks has kernels for them");
    this.#kernels = group.loss.op.byRows;
    const { m, n } = productShape(group.product);
    this.#vocab = n;
    for (let first = 0; first < m; first += group.rows)
      this.#chunks.push({ first, rows: Math.min(group.rows, m - first) });
    this.#logits = planner.scratch(group.rows * n);
  }

  forward(): void {
    for (const chunk of this.#chunks) {
      this.#emitProduct(chunk, null);
      this.#planner.emit(this.#kernels.forward(this.#planner.caps, this.#group.loss, chunk.rows), [
        this.#top(this.#logits, chunk),
        ...this.#targets(chunk),
        ...this.#results(chunk),
      ]);
    }
  }

  /** Forward and backward in one pass, if all losses have one known upstream gradient. */
  both(up: NumberSource): void {
    const gradients = this.#gradientChain();
    for (const chunk of this.#chunks) {
      this.#emitProduct(chunk, gradients.product);
      this.#planner.emit(
        this.#kernels.both(this.#planner.caps, this.#group.loss, chunk.rows),
        [this.#top(this.#logits, chunk), ...this.#targets(chunk), ...this.#results(chunk)],
        [up],
      );
      this.#emitGradients(chunk, gradients);
    }
  }

  backward(grad: Node): void {
    const gradients = this.#gradientChain();
    const [lse, up] = [2, 3].map((i) => this.#planner.read(grad.in(i)));
    assert(lse && up, "a gradient of cross-entropy has four inputs");
    for (const chunk of this.#chunks) {
      this.#emitProduct(chunk, gradients.product);
      this.#planner.emit(this.#kernels.backward(this.#planner.caps, this.#group.loss, chunk.rows), [
        this.#top(this.#logits, chunk),
        ...this.#targets(chunk),
        rowsOf(lse, chunk, 1),
        rowsOf(up, chunk, 1),
      ]);
      this.#emitGradients(chunk, gradients);
    }
  }

  /** Emits the logits of a chunk and, into `bare`, the unchanged product. */
  #emitProduct(chunk: Chunk, bare: Operand | null): void {
    const planner = this.#planner;
    const { product, logits } = this.#group;
    const shape = { ...productShape(product), m: chunk.rows };
    const builder = new ExpressionBuilder({ firstInput: 1 });
    const start = builder.rawInput(0);
    const result = this.#build(builder, logits, new Map([[product.out(), start]]));
    const plain = result === start && !bare;
    const a = planner.read(matrixSource(product.in(0)).base);
    const kernel = matmul(planner.caps, {
      ...shape,
      epilogue: plain
        ? undefined
        : {
            expression: builder.finish(result, ...(bare ? [start] : [])),
            extras: builder.inputs.map(({ shape: seen }) => extraKind(product, logits.node, seen) ?? "full"),
          },
    });
    planner.emit(
      kernel,
      [
        rowsOf(a, chunk, shape.k),
        planner.read(matrixSource(product.in(1)).base),
        ...builder.inputs.map(({ value }) => planner.read(value)),
        this.#top(this.#logits, chunk),
        ...(bare ? [this.#top(bare, chunk)] : []),
      ],
      builder.numbers,
    );
  }

  /** Builds the elementwise chains between the gradient of the logits and its sums and products. */
  #gradientChain(): GradientChain {
    const { grad, product, sinks } = this.#group;
    const first = grad?.out();
    const values = [...new Set(sinks.map(({ of }) => of))].filter((value) => value !== first);
    const builder = new ExpressionBuilder();
    const known = new Map<Value, number>();
    const results = values.map((value) => this.#build(builder, value, known));
    const inputs = builder.inputs.map(({ value }) => value);
    const free = sinks.every(({ of }) => of !== first);
    const inPlace = free ? inputs.findIndex((value) => value === first) : -1;
    const scratch = () => this.#planner.scratch(this.#logits.count);
    const places = new Map<Value, Operand>();
    if (first) places.set(first, this.#logits);
    const outputs = values.slice(inPlace >= 0 ? 1 : 0).map(scratch);
    values.forEach((value, i) => {
      const place = inPlace < 0 ? outputs[i] : i === 0 ? this.#logits : outputs[i - 1];
      if (place) places.set(value, place);
    });
    const bare = inputs.includes(product.out()) ? scratch() : null;
    return { builder, results, inPlace, product: bare, places, outputs };
  }

  #emitGradients(chunk: Chunk, chain: GradientChain): void {
    const planner = this.#planner;
    const { grad, product } = this.#group;
    const { builder, results, inPlace, places, outputs } = chain;
    if (results.length > 0) {
      const size = product.out().shape;
      const inputs = builder.inputs.map(({ value, shape }) => {
        if (value === grad?.out()) return this.#top(this.#logits, chunk);
        if (value === product.out() && chain.product) return this.#top(chain.product, chunk);
        assert(numel(shape) < numel(size), "nothing large is read from outside");
        return planner.read(value);
      });
      const kernel = elementwise(planner.caps, {
        shape: [chunk.rows, this.#vocab],
        inputs: inputs.map(({ count }) => ({
          shape: count === 1 ? [] : count === this.#vocab ? [count] : [chunk.rows, this.#vocab],
        })),
        expression: builder.finish(...results),
        inPlace: inPlace >= 0 ? inPlace : undefined,
      });
      planner.emit(kernel, [...inputs, ...outputs.map((place) => this.#top(place, chunk))], builder.numbers);
    }
    for (const sink of this.#group.sinks) {
      const from = places.get(sink.of);
      assert(from, "the input of a sink is kept");
      this.#emitSink(sink, chunk, this.#top(from, chunk));
    }
  }

  #emitSink({ kind, node, of }: RowSink, chunk: Chunk, from: Operand): void {
    const planner = this.#planner;
    const out = planner.output(node);
    if (kind === "sum") {
      this.#emitSum(chunk, from, out);
      return;
    }
    const shape = productShape(node);
    const [left, right] = [matrixSource(node.in(0)).base, matrixSource(node.in(1)).base];
    if (kind === "rows") {
      const kernel = matmul(planner.caps, { ...shape, m: chunk.rows });
      planner.emit(kernel, [from, planner.read(right), rowsOf(out, chunk, shape.n)]);
      return;
    }
    const operand = (value: Value) =>
      value === of ? from : rowsOf(planner.read(value), chunk, numel(value.shape) / shape.k);
    const epilogue = chunk.first === 0 ? undefined : ONTO;
    const kernel = matmul(planner.caps, { ...shape, k: chunk.rows, epilogue });
    planner.emit(kernel, [operand(left), operand(right), out]);
  }

  /** Adds the column sums [V] of a chunk, or the sum of all its elements, to `out`. */
  #emitSum(chunk: Chunk, from: Operand, out: Operand): void {
    const planner = this.#planner;
    const inner = out.count;
    const passes = reduce(planner.caps, { outer: 1, length: from.count / inner, inner, op: "sum" });
    const total = chunk.first === 0 ? out : planner.scratch(inner);
    let last = from;
    passes.forEach((pass, i) => {
      const to = i === passes.length - 1 ? total : planner.scratch(pass.results);
      planner.emit(pass, [last, to]);
      last = to;
    });
    if (chunk.first === 0) return;
    const inputs = [{ shape: [inner] }, { shape: [inner] }];
    planner.emit(elementwise(planner.caps, { shape: [inner], inputs, expression: SUM, inPlace: 0 }), [
      out,
      total,
    ]);
  }

  /** Appends the nodes of a value of the logits' size, up from the product or the gradient. */
  #build(builder: ExpressionBuilder, value: Value, known: Map<Value, number>): number {
    const there = known.get(value);
    if (there !== undefined) return there;
    const { before, after } = this.#group;
    const { node } = value;
    let result;
    if (before.has(node) || after.has(node)) {
      const operands = node.inputs.map((input, i) => {
        const uniform = this.#planner.uniform(input);
        if (uniform) return builder.number(uniform);
        const { base, shape } = this.#planner.analysis.source(node, i);
        return numel(shape) === numel(value.shape)
          ? this.#build(builder, base, known)
          : builder.input(base, shape);
      });
      result = builder.node(node, operands);
    } else result = builder.input(value, value.shape);
    known.set(value, result);
    return result;
  }

  #targets(chunk: Chunk): Operand[] {
    return [rowsOf(this.#planner.read(this.#group.loss.in(1)), chunk, 1)];
  }
  /** The rows of the chunk in loss and log-sum-exp. */
  #results(chunk: Chunk): Operand[] {
    return [0, 1].map((i) => rowsOf(this.#planner.output(this.#group.loss, i), chunk, 1));
  }
  /** The part of a buffer that this chunk fills; the last chunk may be smaller. */
  #top(buffer: Operand, { rows }: Chunk): Operand {
    return rowsOf(buffer, { first: 0, rows }, this.#vocab);
  }
}

interface GradientChain {
  readonly builder: ExpressionBuilder;
  readonly results: readonly number[];
  /** Index of the input that the first result overwrites; -1 for none. */
  readonly inPlace: number;
  /** Buffer of the unchanged product, if the chain reads it. */
  readonly product: Operand | null;
  /** Buffers of the values that the sinks read. */
  readonly places: ReadonlyMap<Value, Operand>;
  readonly outputs: readonly Operand[];
}

function rowsOf({ buffer, offset, half }: Operand, { first, rows }: Chunk, width: number): Operand {
  return { buffer, offset: offset + first * width, count: rows * width, half };
}
