// A finished plan: memory assigned, bind groups created, numbers laid out. A replay uploads changed data, writes one
// block of numbers and encodes the dispatches.

import { assert, LabError } from "../../error.ts";
import type { Work } from "../graph/backend.ts";
import { uniformLength, type Kernel } from "../kernels/kernel.ts";
import type { Data, Group } from "../graph/leaf.ts";
import { modelFlops } from "./model-flops.ts";
import type { Dispatch, Program, Runtime, Slice } from "../runtime/index.ts";
import { alignedBytes, type Storage } from "../runtime/storage.ts";
import { atLine } from "../values/source-line.ts";
import type { Operand } from "../graph/lowering.ts";
import { livesOf, share } from "./memory/memory.ts";
import { evaluate, type NumberSource } from "../graph/uniform-values.ts";
import type { RowLimits } from "./analyse/row-chunks.ts";
import { draft } from "./emit/planner.ts";
import type { Draft, DraftDispatch } from "./memory/draft.ts";

interface Upload {
  /** Index of the data leaf on the tape. */
  readonly node: number;
  readonly slice: Slice;
  version: number;
}

/** A plan whose kernels and memory are known, but not allocated. */
export interface Blueprint {
  readonly draft: Draft;
  readonly sizes: readonly number[];
  readonly place: ReadonlyMap<number, number>;
  /** Sizes in elements: of kept buffers by key, and of data buffers by node. */
  readonly kept: ReadonlyMap<string, number>;
  readonly data: ReadonlyMap<number, number>;
  readonly groups: ReadonlySet<Group>;
  /** Total size of all buffers, in bytes. */
  readonly bytes: number;
  readonly modelFlops: number;
}

export function blueprint(work: Work, runtime: Runtime, rows: RowLimits): Blueprint {
  const made = draft(work, runtime.capabilities, rows);
  const { sizes, place } = share(livesOf(made.dispatches, made.outputs));
  const kept = new Map<string, number>();
  const data = new Map<number, number>();
  const groups = new Set<Group>();
  for (const { operands } of made.dispatches)
    for (const { buffer } of operands) {
      if (buffer.kind === "data") data.set(buffer.node, buffer.count);
      else if (buffer.kind === "persistent") groups.add(buffer.group);
      else if (buffer.kind !== "temporary") kept.set(buffer.key, buffer.count);
    }
  const counts = [...sizes, ...kept.values(), ...data.values(), ...[...groups].map(({ total }) => total)];
  const bytes = counts.reduce((sum, count) => sum + alignedBytes(count), 0);
  return { draft: made, sizes, place, kept, data, groups, bytes, modelFlops: modelFlops(work.nodes) };
}

export class Plan {
  /** Arithmetic that the model requires in one run. */
  readonly modelFlops: number;
  readonly program: Program;
  readonly #runtime: Runtime;
  readonly #numbers: Float32Array<ArrayBuffer>;
  /** The numbers that may change from run to run; the others are written once. */
  readonly #sources: { readonly at: number; readonly source: NumberSource }[] = [];
  readonly #uploads: Upload[] = [];
  readonly #outputs: readonly Slice[];
  readonly #owned: GPUBuffer[] = [];

  /** `source`: as `Work.source`; `refused`: the error to throw if the device has no memory for the plan. */
  constructor(
    runtime: Runtime,
    storage: Storage,
    drawn: Blueprint,
    { source, refused }: { readonly source: string | null; readonly refused: () => LabError },
  ) {
    const { draft: made, sizes, place } = drawn;
    this.#runtime = runtime;
    this.modelFlops = drawn.modelFlops;
    const temporaries = storage.temporaries(
      sizes.map((count) => count * 4),
      refused,
    );
    const data = new Map<number, GPUBuffer>();
    const sliceOf = ({ buffer, offset, count }: Operand): Slice => {
      const slice = (gpu: GPUBuffer): Slice => ({ buffer: gpu, offset: offset * 4, size: count * 4 });
      switch (buffer.kind) {
        case "temporary": {
          const gpu = temporaries[place.get(buffer.id) ?? -1];
          assert(gpu, "a temporary has no memory");
          return slice(gpu);
        }
        case "persistent":
          return slice(storage.group(buffer.group, refused));
        case "pinned":
          return slice(storage.kept(buffer.key, buffer.count * 4, undefined, refused));
        case "constant":
          return slice(storage.kept(buffer.key, buffer.count * 4, buffer.make, refused));
        case "data": {
          let gpu = data.get(buffer.node);
          if (!gpu) {
            gpu = runtime.allocate(buffer.count * 4, "data", refused);
            this.#owned.push(gpu);
            data.set(buffer.node, gpu);
            this.#uploads.push({
              node: buffer.node,
              slice: { buffer: gpu, offset: 0, size: buffer.count * 4 },
              version: -1,
            });
          }
          return slice(gpu);
        }
      }
    };
    let length = 0;
    const dispatches: Dispatch[] = made.dispatches.map(({ kernel, operands, node }) => {
      const numbersOffset = length;
      length += blockLength(kernel);
      const place = atLine(source, node?.line ?? 0);
      return { kernel, slices: operands.map(sliceOf), numbersOffset, before: place };
    });
    this.#outputs = made.outputs.map(sliceOf);
    this.#numbers = new Float32Array(length);
    made.dispatches.forEach((dispatch, i) => {
      this.#layNumbers(dispatch, dispatches[i].numbersOffset);
    });
    this.program = runtime.program(dispatches, length);
  }

  /** Runs the plan for a tape of the same structure and starts reading the wanted values. */
  replay(work: Work): Promise<ArrayBuffer[]> {
    for (const upload of this.#uploads) {
      const leaf = work.nodes[upload.node]?.leaf as Data | undefined;
      assert(leaf?.kind === "data", "the tape has no data where its plan expects some");
      if (leaf.version === upload.version) continue;
      this.#runtime.upload(upload.slice, leaf.array as typeof leaf.array & ArrayBufferView<ArrayBuffer>);
      upload.version = leaf.version;
    }
    for (const { at, source } of this.#sources) this.#numbers[at] = evaluate(source, work.nodes);
    this.#runtime.run(this.program, this.#numbers);
    return this.#outputs.length === 0 ? Promise.resolve([]) : this.#runtime.read(this.#outputs);
  }

  destroy(): void {
    this.program.destroy();
    for (const buffer of this.#owned) this.#runtime.free(buffer);
  }

  #layNumbers({ kernel, numbers }: DraftDispatch, offset: number): void {
    if (numbers.length < kernel.numbers)
      throw new LabError("internal", `${kernel.label}: ${kernel.numbers} numbers, ${numbers.length} given`);
    for (let i = 0; i < kernel.numbers; i++) {
      const source = numbers[i];
      if (source.kind === "constant") this.#numbers[offset + i] = source.value;
      else this.#sources.push({ at: offset + i, source });
    }
    this.#numbers.set(kernel.sizes ?? [], offset + kernel.numbers);
  }
}

/** Number of f32 values in the uniform of a dispatch, rounded up to blocks of 256 bytes. */
function blockLength(kernel: Kernel): number {
  return Math.ceil(uniformLength(kernel) / 64) * 64;
}
