// The engine's memory on the device: persistent tensors in groups, kept tables and gradient arenas, and one pool of
// temporaries that all plans share, because they run one after the other.

import { LabError } from "../../error.ts";
import { offsetOf, type Group, type Persistent } from "../graph/leaf.ts";
import { megabytes } from "../values/megabytes.ts";
import type { Runtime, Slice } from "./index.ts";
import { numel } from "../values/shape.ts";

/** Buffers that a plan needs, in elements: temporaries, kept buffers by key, groups of persistent tensors, data. */
export interface Needs {
  readonly sizes: readonly number[];
  readonly kept: ReadonlyMap<string, number>;
  readonly groups: ReadonlySet<Group>;
  readonly data: ReadonlyMap<number, number>;
}

/** Makes the error for a device without free memory. */
type Refused = () => LabError;

/** Size of a buffer for `count` elements, in bytes. */
export function alignedBytes(count: number): number {
  return Math.ceil(count / 64) * 256;
}

export class Storage {
  readonly #runtime: Runtime;
  readonly #limit: number;
  readonly #groups = new Map<Group, GPUBuffer>();
  /** The group in which the values of a persistent tensor lie now. */
  readonly #homes = new Map<Persistent, Group>();
  readonly #kept = new Map<string, GPUBuffer>();
  readonly #pool: GPUBuffer[] = [];

  constructor(runtime: Runtime, limit: number) {
    this.#runtime = runtime;
    this.#limit = limit;
  }

  get persistentBytes(): number {
    return sum(this.#groups.values());
  }
  get temporaryBytes(): number {
    return sum(this.#pool) + sum(this.#kept.values());
  }
  get bytes(): number {
    return this.persistentBytes + this.temporaryBytes;
  }
  /** Bytes of all stored groups except the given ones. */
  persistentWithout(groups: ReadonlySet<Group>): number {
    return sum([...this.#groups].flatMap(([group, buffer]) => (groups.has(group) ? [] : [buffer])));
  }

  /** The same bytes by purpose. */
  parts() {
    const trained = [...this.#groups].filter(([group]) => group.members.some(({ trainable }) => trainable));
    const parameters = sum(trained.map(([, buffer]) => buffer));
    return {
      parameters,
      state: this.persistentBytes - parameters,
      kept: sum(this.#kept.values()),
      activations: sum(this.#pool),
    };
  }

  /** The buffer of a group; creates it and moves the values of the members into it. */
  group(group: Group, refused?: Refused): GPUBuffer {
    const known = this.#groups.get(group);
    if (known) return known;
    const buffer = this.#allocate(group.total * 4, "parameters", refused);
    this.#groups.set(group, buffer);
    for (const member of group.members) if (member.group === group) this.#moveIn(member, group, buffer);
    return buffer;
  }

  /** The memory of a persistent tensor. */
  slice(leaf: Persistent): Slice {
    const buffer = this.group(leaf.group);
    return { buffer, offset: offsetOf(leaf) * 4, size: numel(leaf.shape) * 4 };
  }

  /** The buffer kept under a key; created once, and filled by `make` if given. */
  kept(key: string, bytes: number, make?: () => Float32Array<ArrayBuffer>, refused?: Refused): GPUBuffer {
    let buffer = this.#kept.get(key);
    if (!buffer) {
      buffer = this.#allocate(bytes, key, refused);
      this.#kept.set(key, buffer);
      if (make) this.#runtime.upload({ buffer, offset: 0, size: bytes }, make());
    }
    return buffer;
  }

  /** Distinct buffers of at least these sizes [bytes], from the pool where possible. */
  temporaries(sizes: readonly number[], refused?: Refused): GPUBuffer[] {
    const free = [...this.#pool].sort((a, b) => a.size - b.size);
    return sizes.map((bytes) => {
      const i = free.findIndex((buffer) => buffer.size >= bytes);
      const [found] = i >= 0 ? free.splice(i, 1) : [];
      if (found) return found;
      const made = this.#allocate(bytes, "temporaries", refused);
      this.#pool.push(made);
      return made;
    });
  }

  /** Bytes that a plan would add to the storage. */
  growth({ sizes, kept, groups, data }: Needs): number {
    const free = this.#pool.map((buffer) => buffer.size).sort((a, b) => a - b);
    let bytes = 0;
    for (const count of sizes) {
      const i = free.findIndex((size) => size >= count * 4);
      if (i >= 0) free.splice(i, 1);
      else bytes += alignedBytes(count);
    }
    for (const [key, count] of kept) if (!this.#kept.has(key)) bytes += alignedBytes(count);
    for (const group of groups) if (!this.#groups.has(group)) bytes += alignedBytes(group.total);
    for (const count of data.values()) bytes += alignedBytes(count);
    return bytes;
  }

  /** Frees all buffers that plans share: no plan may use them any more. */
  release(): void {
    for (const buffer of [...this.#kept.values(), ...this.#pool]) this.#runtime.free(buffer);
    this.#kept.clear();
    this.#pool.length = 0;
  }

  destroy(): void {
    this.release();
    for (const buffer of this.#groups.values()) this.#runtime.free(buffer);
    this.#groups.clear();
    this.#homes.clear();
  }

  #moveIn(member: Persistent, group: Group, buffer: GPUBuffer): void {
    const offset = offsetOf(member) * 4;
    const size = numel(member.shape) * 4;
    const old = this.#homes.get(member);
    if (member.initial) {
      this.#runtime.upload({ buffer, offset, size }, member.initial as Float32Array<ArrayBuffer>);
      member.initial = null;
    } else if (old) {
      const from = this.#groups.get(old);
      const place = old.offsets[old.members.indexOf(member)] * 4;
      if (from) {
        const encoder = this.#runtime.device.createCommandEncoder();
        encoder.copyBufferToBuffer(from, place, buffer, offset, size);
        this.#runtime.device.queue.submit([encoder.finish()]);
      }
    }
    this.#homes.set(member, group);
    // Frees the old group when its last member has moved out.
    const from = old && this.#groups.get(old);
    if (old && from && old.members.every((other) => this.#homes.get(other) !== old)) {
      this.#runtime.free(from);
      this.#groups.delete(old);
    }
  }

  #allocate(bytes: number, label: string, refused?: Refused): GPUBuffer {
    const total = this.persistentBytes + this.temporaryBytes + bytes;
    if (total > this.#limit)
      throw new LabError("memory", {
        what: `the step needs too much memory (${label})`,
        got: megabytes(total),
        expected: `at most ${megabytes(this.#limit)}`,
        hint: "make the model or the batch smaller",
      });
    return this.#runtime.allocate(bytes, label, refused);
  }
}

function sum(buffers: Iterable<GPUBuffer>): number {
  let bytes = 0;
  for (const buffer of buffers) bytes += buffer.size;
  return bytes;
}
