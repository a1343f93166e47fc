// Turns a recorded step into a list of dispatches on buffers that have no memory yet. The planner passes the live nodes
// to emitters, in recorded order. The passes before (analyse/, batch/) have decided which chains fuse, which products
// form batches and where results lie.

import type { Draft, DraftDispatch } from "../memory/draft.ts";
import { assert } from "../../../error.ts";
import type { Work } from "../../graph/backend.ts";
import type { Node, Operation, Value } from "../../graph/graph.ts";
import { stridedCopy, type CopyShape } from "../../kernels/basic/copy.ts";
import { IDENTITY } from "../../kernels/wgsl/expression.ts";
import { fill } from "../../kernels/basic/fill.ts";
import type { Capabilities, Kernel } from "../../kernels/kernel.ts";
import type { Passes } from "../../kernels/passes.ts";
import { bounded } from "../../kernels/split.ts";
import type { Persistent } from "../../graph/leaf.ts";
import { numel } from "../../values/shape.ts";
import { aliasOf } from "../analyse/alias.ts";
import { Analysis } from "../analyse/analysis.ts";
import { canonical } from "../../graph/look-through.ts";
import { separateBindings } from "../memory/separate-bindings.ts";
import { Buffers } from "../memory/buffers.ts";
import { emitChain } from "./emit-chain.ts";
import type { Emission } from "./emission.ts";
import { emitMatmul } from "./emit-matmul.ts";
import { emitBatch, waits } from "./emit-batch.ts";
import { ExpressionBuilder } from "../analyse/expression-builder.ts";
import { Fusion } from "../analyse/fusion.ts";
import { InPlaceUpdates } from "./in-place-updates.ts";
import type { Chain, Operand, Scaled } from "../../graph/lowering.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";
import { storeAsF16 } from "../memory/store-as-f16.ts";
import { Placement } from "../analyse/placement.ts";
import { emitRowLoss } from "./emit-row-chunks.ts";
import { RowChunks, type RowLimits } from "../analyse/row-chunks.ts";
import { StoredPrecision } from "../analyse/precision.ts";
import { FoldedClipping } from "../analyse/fold-clipping.ts";
import { ProductBatches } from "../batch/batch-products.ts";
import { SummedProducts } from "../batch/merge-summed-products.ts";

/** Plans a step. On an adapter without f16, mixed precision is plain f32. */
export function draft(work: Work, caps: Capabilities, rows: RowLimits): Draft {
  const made = new Planner(work, caps, rows).run();
  return work.precision === "mixed" ? storeAsF16(made) : made;
}

class Planner implements Emission {
  readonly caps: Capabilities;
  readonly analysis: Analysis;
  readonly fusion: Fusion;
  readonly batches: ProductBatches;
  readonly sums: SummedProducts;
  readonly clipping: FoldedClipping;
  readonly stored: InPlaceUpdates;
  readonly dispatches: DraftDispatch[] = [];
  readonly #work: Work;
  readonly #buffers = new Buffers();
  readonly #placement: Placement;
  readonly #rowChunks: RowChunks;
  readonly #precision: StoredPrecision | null;
  readonly #operands = new Map<Value, Operand>();
  readonly #emitted = new Set<Node>();
  #making: Node | null = null;

  constructor(work: Work, caps: Capabilities, rows: RowLimits) {
    this.#work = work;
    this.caps = caps;
    this.analysis = new Analysis(work);
    this.#rowChunks = new RowChunks(this.analysis, rows);
    const apart = (node: Node) => this.#rowChunks.of(node) !== null;
    this.fusion = new Fusion(this.analysis, caps, apart);
    this.clipping = new FoldedClipping(this.analysis);
    this.#placement = new Placement(
      this.analysis,
      this.clipping,
      (count, key) => this.#buffers.parent(count, key),
      (leaf) => this.home(leaf),
    );
    this.batches = new ProductBatches(this.analysis, this.fusion, this.#placement, apart);
    this.sums = new SummedProducts(this.analysis, this.fusion, this.#placement);
    this.stored = new InPlaceUpdates(this, work);
    this.#precision =
      work.precision === "mixed" && caps.f16 ? new StoredPrecision(work, this.analysis) : null;
  }

  run(): Draft {
    for (const node of this.analysis.live) {
      if (this.#emitted.has(node) || node.leaf || isLazy(node)) continue;
      if (this.fusion.inline(node) || this.fusion.absorbedBy(node) || this.sums.carried(node)) continue;
      if (this.clipping.updatesOf(node)) continue;
      if (!waits(this, node)) this.emitNode(node);
    }
    this.stored.storeAll();
    const outputs = this.#work.wanted.map((value) => this.read(value));
    return { dispatches: this.dispatches, outputs, values: this.#operands };
  }

  /** Emits a node, unless it has been emitted. */
  emitNode(node: Node): void {
    const outer = this.#making;
    this.#making = node;
    this.#emitNode(node);
    this.#making = outer;
  }
  #emitNode(node: Node): void {
    if (this.#emitted.has(node) || emitBatch(this, node)) return;
    const loss = this.#rowChunks.of(node);
    if (loss) {
      emitRowLoss(this, loss, node);
      return;
    }
    this.#emitted.add(node);
    if (node.op.pointwise) emitChain(this, node);
    else if (node.op.isProduct) emitMatmul(this, node, null);
    else {
      const alias = aliasOf(node, (value) => this.read(value));
      if (alias) {
        this.put(node.out(), alias);
        return;
      }
      assert(node.op.lower, `${node.op.name} has no kernel`);
      node.op.lower(node, this);
    }
  }
  markEmitted(node: Node): void {
    this.#emitted.add(node);
  }
  emitted(node: Node): boolean {
    return this.#emitted.has(node);
  }
  /** Whether a value is in memory already. */
  inMemory(value: Value): boolean {
    return this.#operands.has(value) || value.node.start !== null;
  }

  read(value: Value): Operand {
    const base = canonical(value);
    const known = this.#operands.get(base);
    if (known) return known;
    const uniform = this.uniform(base);
    if (uniform) {
      const operand = this.scratch(numel(base.shape));
      this.fill(operand, uniform);
      this.#operands.set(base, operand);
      return operand;
    }
    const { start } = base.node;
    if (start)
      return this.put(base, start.kind === "persistent" ? this.home(start) : this.#buffers.data(base.node));
    this.emitNode(base.node);
    const made = this.#operands.get(base);
    assert(made, `${base.node.op.name} did not say where its result is`);
    return made;
  }

  chain(value: Value): Chain {
    const base = canonical(value);
    if (this.uniform(base) || !this.fusion.inline(base.node) || this.#operands.has(base))
      return {
        expression: IDENTITY,
        inputs: [{ operand: this.read(base), full: true }],
        numbers: [],
      };
    const builder = new ExpressionBuilder();
    const result = this.fusion.build(builder, base.node, (v) => this.inMemory(v));
    const size = numel(base.shape);
    return {
      expression: builder.finish(result),
      inputs: builder.inputs.map((input) => ({
        operand: this.read(input.value),
        full: numel(input.shape) === size,
      })),
      numbers: builder.numbers,
    };
  }

  output(node: Node, i = 0): Operand {
    const value = node.out(i);
    const known = this.#operands.get(value);
    if (known) return known;
    const place = this.#placement.of(value) ?? this.scratch(numel(value.shape));
    return this.put(value, this.#stored(place, value));
  }
  place(node: Node, i: number, operand: Operand): Operand {
    const after = this.put(node.out(i), this.#stored(operand, node.out(i)));
    if (node.outputs.length === 1) this.#emitted.add(node);
    return { ...operand, becomes: after.half };
  }
  uniform(value: Value): NumberSource | null {
    return this.analysis.uniform(value);
  }
  number(node: Node, slot: number): NumberSource {
    return { kind: "slot", node: node.index, slot };
  }
  scratch(count: number): Operand {
    return this.#buffers.scratch(count);
  }

  emit(kernel: Kernel, operands: readonly Operand[], numbers: readonly NumberSource[] = []): void {
    assert(
      operands.length === kernel.bindings.length,
      `${kernel.label}: ${kernel.bindings.length} bindings, ${operands.length} operands`,
    );
    const apart = separateBindings(kernel, operands, (operand) => this.copyOf(operand));
    for (const part of bounded(kernel, this.caps.software))
      this.dispatches.push({ kernel: part, operands: apart, numbers, node: this.#making });
  }

  emitPasses(passes: Passes, operands: readonly Operand[]): void {
    const all = [...operands, ...passes.scratch.map((count) => this.scratch(count))];
    for (const { kernel, slots } of passes.steps)
      this.emit(
        kernel,
        slots.map((slot) => {
          const operand = all[slot];
          assert(operand, `${kernel.label}: no slot ${slot}`);
          return operand;
        }),
      );
  }
  copy(from: Operand, to: Operand, shape: CopyShape): void {
    this.emit(stridedCopy(this.caps, shape), [from, to]);
  }
  fill(operand: Operand, value: NumberSource): void {
    this.emit(fill(this.caps, { count: operand.count }), [operand], [value]);
  }

  home(leaf: Persistent): Operand {
    return this.#buffers.home(leaf);
  }
  constant(key: string, make: () => Float32Array<ArrayBuffer>): Operand {
    return this.#buffers.constant(key, make);
  }
  overwrite(old: Value, node: Node, i: number): Operand {
    return this.stored.overwrite(old, node, i);
  }

  lastUse(value: Value, nodes: readonly Node[]): boolean {
    const own = this.read(value).buffer.kind;
    return (
      (own === "temporary" || own === "pinned") &&
      !this.pending(canonical(value), (reader) => nodes.includes(reader))
    );
  }
  scaled(update: Node): Scaled | null {
    return this.clipping.of(update);
  }
  consumer(value: Value, op: Operation): Node | null {
    return this.analysis.uses(canonical(value)).find((use) => use.node?.op === op)?.node ?? null;
  }

  /** Whether a node for which `except` is false still has to read the value, itself or through a deferred node. */
  pending(base: Value, except: (node: Node) => boolean): boolean {
    return this.analysis.uses(base).some(({ node }) => {
      if (!node) return true;
      const updates = this.clipping.updatesOf(node);
      if (updates) return [...updates].some((update) => !except(update) && !this.#emitted.has(update));
      if (except(node)) return false;
      const through = isLazy(node) || (!this.#emitted.has(node) && this.fusion.inline(node));
      if (through) return this.pending(node.out(), except);
      return !this.#emitted.has(node);
    });
  }

  /** Copies the elements to a new scratch buffer. */
  copyOf(operand: Operand): Operand {
    const copy = this.scratch(operand.count);
    this.copyInto(operand, copy);
    return copy;
  }
  copyInto(from: Operand, to: Operand): void {
    this.copy(from, to, {
      shape: [to.count],
      sourceStrides: [1],
      sourceOffset: 0,
      targetStrides: [1],
      targetOffset: 0,
    });
  }

  /** The operand, with the f16 exponent of the value that it may hold. */
  #stored(operand: Operand, value: Value): Operand {
    return this.#precision ? { ...operand, half: this.#precision.exponentOf(value) } : operand;
  }

  /** Records that the value now lies in the operand. */
  put(value: Value, operand: Operand): Operand {
    this.#operands.set(value, operand);
    return operand;
  }
}

/**
 * Whether a node is computed only when it is first read. Most readers look through a view. A gradient that is summed
 * for all layers at once is deferred, so that the kernels before it keep their place in the plan: emitted earlier, they
 * could not compute the chains that follow them.
 */
function isLazy({ op }: Node): boolean {
  return op.view !== undefined || op.lowerSpread !== undefined;
}
