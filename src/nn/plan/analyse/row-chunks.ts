// Finds losses that can be computed some rows at a time. If only the cross-entropy and its gradient read the logits,
// then the logits, their gradient and the operands of its products need only some rows in memory at once. It is slower
// than one pass, because each chunk reads the right operand again; so only large logits are computed in chunks.
//
// N rows (all positions of the batch), C channels, V vocabulary: logits [N, V] = X [N, C] · W [C, V].

import type { Node, Value } from "../../graph/graph.ts";
import type { Capabilities } from "../../kernels/kernel.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "./analysis.ts";
import { canonical, matrixSource } from "../../graph/look-through.ts";
import { productShape } from "./products.ts";
import { extraKind } from "./fusion.ts";

/** Limits for the size of logits, in bytes. */
export interface RowLimits {
  /** Larger logits are computed in chunks. */
  readonly above: number;
  /** Maximum size of a chunk, unless 64 rows are larger. */
  readonly chunk: number;
}

const MIB = 2 ** 20;

/** The limits of an adapter; logits of up to `whole` bytes are computed at once. */
export function rowLimits(caps: Capabilities, whole = 64 * MIB): RowLimits {
  const above = Math.min(whole, caps.maxStorageBinding);
  return { above, chunk: above / 2 };
}

/** Slices of [N] start at a multiple of this many elements, because bindings are aligned to 256 bytes. */
const ROWS_MULTIPLE = 64;

/** A result to which the gradient of the logits is reduced. */
export interface RowSink {
  /** "rows": gradient of X, row by row. "product": that of W, summed over rows. "sum": that of a bias or a scale. */
  readonly kind: "rows" | "product" | "sum";
  readonly node: Node;
  /** The value of the logits' size that the node reads. */
  readonly of: Value;
}

export interface RowLoss {
  readonly loss: Node;
  readonly product: Node;
  /** The logits that the loss reads: the product, or the end of a chain on it. */
  readonly logits: Value;
  readonly grad: Node | null;
  /** Elementwise nodes of the logits' size: between product and loss (`before`), and after the gradient (`after`). */
  readonly before: ReadonlySet<Node>;
  readonly after: ReadonlySet<Node>;
  readonly sinks: readonly RowSink[];
  /** Rows per chunk. */
  readonly rows: number;
}

export class RowChunks {
  /** The loss that computes a node, by node. */
  readonly #owner = new Map<Node, RowLoss>();

  constructor(analysis: Analysis, limits: RowLimits) {
    for (const node of analysis.live) {
      if (!node.op.byRows) continue;
      const rows = chunkRows(node, limits);
      const found = rows > 0 ? match(analysis, node, rows) : null;
      if (!found) continue;
      for (const member of [...forwardOf(found), ...backwardOf(found)]) this.#owner.set(member, found);
    }
  }

  /** The loss that computes the node, if one does. */
  of(node: Node): RowLoss | null {
    return this.#owner.get(node) ?? null;
  }
}

/** The nodes of the forward pass of a loss (`forwardOf`), and of its backward pass (`backwardOf`). */
export function forwardOf({ loss, product, before }: RowLoss): Node[] {
  return [product, ...before, loss];
}
export function backwardOf({ grad, after, sinks }: RowLoss): Node[] {
  return [...(grad ? [grad] : []), ...after, ...sinks.map(({ node }) => node)];
}

/** Rows of every chunk but the last, which may be smaller; 0 if the logits are small enough for one pass. */
function chunkRows(loss: Node, { above, chunk }: RowLimits): number {
  const shape = loss.in(0).shape;
  const width = shape[shape.length - 1];
  const rows = numel(shape) / width;
  if (rows * width * 4 <= above || rows <= ROWS_MULTIPLE) return 0;
  const most = Math.max(ROWS_MULTIPLE, Math.floor(chunk / (4 * width * ROWS_MULTIPLE)) * ROWS_MULTIPLE);
  const even = rows / Math.ceil(rows / most);
  const each = Math.ceil(even / ROWS_MULTIPLE) * ROWS_MULTIPLE;
  return each < rows ? each : 0;
}

/** The loss with all readers of its logits and of their gradient; null if these cannot be split into rows. */
function match(analysis: Analysis, loss: Node, rows: number): RowLoss | null {
  const logits = canonical(loss.in(0));
  const before = new Set<Node>();
  const after = new Set<Node>();
  const product = productBelow(analysis, logits, before);
  if (!product) return null;
  let grad: Node | null = null;
  const sinks: RowSink[] = [];
  // Every reader of every tensor of the logits' size must belong to this loss.
  const values = [product.out(), ...[...before].map((node) => node.out())];
  for (let value = values.pop(); value; value = values.pop()) {
    for (const { node, input } of analysis.uses(value)) {
      if (!node) return null;
      if (node === loss || before.has(node) || after.has(node)) continue;
      if (loss.op.byRows?.isGradientOf(node, loss)) {
        if (input !== 0 || value !== logits || grad) return null;
        grad = node;
        values.push(node.out());
      } else if (isRowWise(analysis, node, product)) {
        after.add(node);
        values.push(node.out());
      } else {
        const kind = sinkKind(node, input, product);
        if (!kind) return null;
        sinks.push({ kind, node, of: value });
      }
    }
  }
  const above = (value: Value): boolean =>
    value.node === grad ||
    (after.has(value.node) && value.node.inputs.some((input) => above(canonical(input))));
  // A sink on the logits themselves is refused: the gradient of the loss may depend on it.
  if (!sinks.every(({ of }) => above(of))) return null;
  const found = { loss, product, logits, grad, before, after, sinks, rows };
  return isClosed(analysis, found) ? found : null;
}

/** The one product below a chain, whose nodes are added to `chain`; null if the chain has another large input. */
function productBelow(analysis: Analysis, top: Value, chain: Set<Node>): Node | null {
  const products = new Set<Node>();
  const stack = [top];
  for (let value = stack.pop(); value; value = stack.pop()) {
    const { node } = value;
    if (node.op.isProduct) products.add(node);
    else if (!node.op.pointwise) return null;
    else if (!chain.has(node)) {
      chain.add(node);
      for (let i = 0; i < node.inputs.length; i++) {
        const { base, shape } = analysis.source(node, i);
        if (!analysis.uniform(node.in(i)) && numel(shape) === numel(top.shape)) stack.push(base);
      }
    }
  }
  const [product] = products;
  if (!product || products.size > 1 || !isRowProduct(product, top)) return null;
  return [...chain].every((node) => isRowWise(analysis, node, product)) ? product : null;
}

/** Whether the product is rows times one matrix. */
function isRowProduct(product: Node, logits: Value): boolean {
  const { batch, m, n, transposeA } = productShape(product);
  const width = logits.shape[logits.shape.length - 1];
  return batch === 1 && !transposeA && n === width && m * n === numel(logits.shape);
}

/** Whether the node is elementwise, of the logits' size, and its small inputs are the same for every row. */
function isRowWise(analysis: Analysis, node: Node, product: Node): boolean {
  if (!node.op.pointwise || numel(node.out().shape) !== numel(product.out().shape)) return false;
  return node.inputs.every((input, i) => {
    if (analysis.uniform(input)) return true;
    const kind = extraKind(product, node, analysis.source(node, i).shape);
    return kind !== null && kind !== "column";
  });
}

function sinkKind(node: Node, input: number, product: Node): RowSink["kind"] | null {
  const { m: rows, n: width } = productShape(product);
  const sum = node.op.sumsOver?.(node);
  if (sum) {
    const shape = node.in(0).shape;
    const left = numel(node.out().shape);
    const columns = left === width && shape[shape.length - 1] === width;
    return sum.axis === 0 && (columns || left === 1) ? "sum" : null;
  }
  if (!node.op.isProduct) return null;
  const { batch, m, k, transposeA, transposeB } = productShape(node);
  const [left, right] = [matrixSource(node.in(0)).base, matrixSource(node.in(1)).base];
  if (batch !== 1 || left === right) return null;
  if (input === 0 && !transposeA && k === width && m === rows)
    return right === matrixSource(product.in(1)).base ? "rows" : null;
  if (!transposeA || transposeB || k !== rows) return null;
  const other = input === 0 ? right : left;
  return other === matrixSource(product.in(0)).base ? "product" : null;
}

/** Whether the chains read no large tensor from outside, and no tensor that could depend on the loss. */
function isClosed(analysis: Analysis, { loss, product, grad, before, after }: RowLoss): boolean {
  return [...before, ...after].every((node) =>
    node.inputs.every((input, i) => {
      if (analysis.uniform(input)) return true;
      const { base, shape } = analysis.source(node, i);
      if (base.node === product || base.node === grad || before.has(base.node) || after.has(base.node))
        return true;
      return numel(shape) < numel(node.out().shape) && base.node.index < loss.index;
    }),
  );
}
