// Executes recorded steps on the GPU: plans each structure once and caches the plan.

import type { Backend, Precision, Work } from "../graph/backend.ts";
import type { HostArray, Persistent } from "../graph/leaf.ts";
import { numberOf, type StructureNode } from "../graph/structure-trie.ts";
import { checkLimits, memoryError, refusedError } from "../plan/memory/limits.ts";
import { MemoryReport } from "../plan/memory/memory-report.ts";
import { blueprint, Plan, type Blueprint } from "../plan/plan.ts";
import { rowLimits, type RowLimits } from "../plan/analyse/row-chunks.ts";
import type { Runtime } from "../runtime/index.ts";
import { Storage } from "../runtime/storage.ts";
import { atLine } from "../values/source-line.ts";
import { tune } from "../tuner/index.ts";

/** More structures than a sensible train.ts has; beyond this the least recently used plan is dropped. */
const MAX_PLANS = 24;

interface CachedPlan {
  /** The parts of the key besides the place: whether writes are stored, wanted values, storage in f16. */
  readonly stores: boolean;
  readonly precision: Precision;
  readonly backwards: readonly number[];
  readonly wanted: readonly number[];
  readonly plan: Plan;
}

export class GpuBackend implements Backend {
  readonly runtime: Runtime;
  readonly #limit: number;
  readonly #rows: RowLimits;
  #storage: Storage;
  /** Plans by the place where the tape ended, least recently used first. */
  readonly #plans = new Map<StructureNode, CachedPlan[]>();
  #count = 0;
  #layout = -1;
  #faults = 0;
  /** The plan that ran last, for the profile. */
  last: Plan | null = null;
  /** Number of plans made so far, for tests and the profile. */
  planned = 0;
  /** Time to plan the last new structure, without compilation [ms]. */
  drawMs = 0;
  peakBytes = 0;
  /** Time that `prepare` may still spend on measuring kernels [ms]. */
  tuningMs = 0;

  constructor(runtime: Runtime, limit: number, logits?: number) {
    this.runtime = runtime;
    this.#limit = limit;
    this.#rows = rowLimits(runtime.capabilities, logits);
    this.#storage = new Storage(runtime, limit);
  }

  get storedBytes() {
    return this.#storage.parts();
  }

  execute(work: Work): Promise<HostArray[]> {
    this.#relayout(work.layout);
    const plan = this.#find(work) ?? this.#build(work, this.#draw(work));
    this.last = plan;
    const types = work.wanted.map((value) => value.dtype);
    return plan
      .replay(work)
      .then((buffers) =>
        buffers.map((bytes, i) => (types[i] === "u32" ? new Uint32Array(bytes) : new Float32Array(bytes))),
      );
  }

  async prepare(work: Work, onProgress?: (done: number, total: number) => void): Promise<void> {
    this.#relayout(work.layout);
    if (this.#find(work)) return;
    const first = this.#draw(work);
    const drawn = (await this.#tune(first)) ? this.#draw(work) : first;
    const items = drawn.draft.dispatches.map(({ kernel, node }) => ({
      kernel,
      before: atLine(work.source, node?.line ?? 0),
    }));
    await this.runtime.compile(items, onProgress);
    this.#build(work, drawn);
  }

  /** Reads the current values of persistent tensors from the device. */
  async read(leaves: readonly Persistent[]): Promise<Float32Array[]> {
    const buffers = await this.runtime.read(leaves.map((leaf) => this.#storage.slice(leaf)));
    return buffers.map((bytes) => new Float32Array(bytes));
  }

  forget(): void {
    this.#dropPlans();
    this.#storage.destroy();
    this.#storage = new Storage(this.runtime, this.#limit);
  }

  /** Drops every plan if persistent tensors have moved, or if a pipeline or buffer turned out to be faulty. */
  #relayout(layout: number): void {
    const { faults } = this.runtime;
    if (layout === this.#layout && faults === this.#faults) return;
    this.#dropPlans();
    if (faults !== this.#faults) this.#storage.release();
    this.#layout = layout;
    this.#faults = faults;
  }

  #find(work: Work): Plan | null {
    const list = this.#plans.get(work.place);
    const found = list?.find((cached) => fits(cached, work));
    if (!list || !found) return null;
    this.#plans.delete(work.place);
    this.#plans.set(work.place, list);
    return found.plan;
  }

  /** Measures kernels; returns whether the fastest differ from those of the blueprint. */
  async #tune({ draft: { dispatches } }: Blueprint): Promise<boolean> {
    if (this.tuningMs <= 0) return false;
    const start = performance.now();
    // In f32 also for a plan in mixed precision: its kernels differ only in their loads and stores.
    const planned = dispatches.map(({ kernel, operands }) => ({
      kernel,
      counts: operands.map(({ count, halves }) => halves ?? count),
    }));
    const changed = await tune(this.runtime, this.runtime.choices, planned, this.tuningMs);
    this.tuningMs -= performance.now() - start;
    return changed;
  }

  #draw(work: Work): Blueprint {
    const start = performance.now();
    let drawn = blueprint(work, this.runtime, this.#rows);
    // The smallest chunks of logits need the least memory: slower, but better than an error.
    if (this.#bytesWith(drawn) > this.#limit) drawn = blueprint(work, this.runtime, { above: 0, chunk: 0 });
    const total = this.#bytesWith(drawn);
    if (total > this.#limit) throw memoryError(new MemoryReport(work, drawn.draft), total, this.#limit);
    checkLimits(work, drawn.draft, this.runtime.limits);
    this.peakBytes = Math.max(this.peakBytes, total);
    this.drawMs = performance.now() - start;
    return drawn;
  }

  /** Memory of a step in bytes, including the parameters and state that it does not use. */
  #bytesWith({ bytes, groups }: Blueprint): number {
    return bytes + this.#storage.persistentWithout(groups);
  }

  #build(work: Work, drawn: Blueprint): Plan {
    if (this.#count >= MAX_PLANS) this.#dropOldest();
    // Plans share memory where sizes fit. If this one does not fit, the others are dropped and planned again on demand.
    if (this.#storage.bytes + this.#storage.growth(drawn) > this.#limit) {
      this.#dropPlans();
      this.#storage.release();
    }
    const [origins, total] = [new MemoryReport(work, drawn.draft), this.#bytesWith(drawn)];
    const refused = () => refusedError(origins, total);
    const plan = new Plan(this.runtime, this.#storage, drawn, { source: work.source, refused });
    const { stores, precision } = work;
    const backwards = precision === "mixed" ? [...work.backwards] : [];
    const cached = { stores, precision, backwards, wanted: work.wanted.map(numberOf), plan };
    this.#plans.set(work.place, [...(this.#plans.get(work.place) ?? []), cached]);
    this.#count++;
    this.planned++;
    return plan;
  }

  #dropOldest(): void {
    const [oldest] = this.#plans;
    if (!oldest) return;
    const [place, list] = oldest;
    for (const { plan } of list) plan.destroy();
    this.#count -= list.length;
    this.#plans.delete(place);
  }

  #dropPlans(): void {
    for (const list of this.#plans.values()) for (const { plan } of list) plan.destroy();
    this.#plans.clear();
    this.#count = 0;
    this.last = null;
  }
}

function fits({ stores, precision, backwards, wanted }: CachedPlan, work: Work): boolean {
  if (stores !== work.stores || wanted.length !== work.wanted.length) return false;
  if (precision !== work.precision) return false;
  if (precision === "mixed" && !same(backwards, work.backwards)) return false;
  for (let i = 0; i < wanted.length; i++) {
    const value = work.wanted[i];
    if (!value || numberOf(value) !== wanted[i]) return false;
  }
  return true;
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
