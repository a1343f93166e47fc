// The virtual buffers of a plan, before memory is assigned. A leaf, a table or a kept arena has one buffer, which every
// call returns; every scratch buffer is new, and memory.ts lets them share memory later.

import type { Node } from "../../graph/graph.ts";
import { offsetOf, type Group, type Persistent } from "../../graph/leaf.ts";
import { numel } from "../../values/shape.ts";
import type { Operand, VirtualBuffer } from "../../graph/lowering.ts";

export class Buffers {
  readonly #groups = new Map<Group, VirtualBuffer>();
  readonly #constants = new Map<string, VirtualBuffer>();
  readonly #pinned = new Map<string, VirtualBuffer>();
  #ids = 0;

  scratch(count: number): Operand {
    return whole({ kind: "temporary", id: this.#ids++, count });
  }

  /** A buffer for several values: kept under the key, or a temporary if the key is null. */
  parent(count: number, key: string | null): Operand {
    if (key === null) return this.scratch(count);
    let buffer = this.#pinned.get(key);
    if (!buffer) {
      buffer = { kind: "pinned", id: this.#ids++, count, key };
      this.#pinned.set(key, buffer);
    }
    return whole(buffer);
  }

  /** The memory of a persistent tensor. */
  home(leaf: Persistent): Operand {
    let buffer = this.#groups.get(leaf.group);
    if (!buffer) {
      buffer = { kind: "persistent", id: this.#ids++, count: leaf.group.total, group: leaf.group };
      this.#groups.set(leaf.group, buffer);
    }
    return { buffer, offset: offsetOf(leaf), count: numel(leaf.shape) };
  }

  /** The buffer of a host array. */
  data(node: Node): Operand {
    return whole({ kind: "data", id: this.#ids++, count: numel(node.out().shape), node: node.index });
  }

  /** A table that the host fills and that never changes. */
  constant(key: string, make: () => Float32Array<ArrayBuffer>): Operand {
    let buffer = this.#constants.get(key);
    if (!buffer) {
      buffer = { kind: "constant", id: this.#ids++, count: make().length, key, make };
      this.#constants.set(key, buffer);
    }
    return whole(buffer);
  }
}

export function whole(buffer: VirtualBuffer): Operand {
  return { buffer, offset: 0, count: buffer.count };
}

export function overlap(a: Operand, b: Operand): boolean {
  return a.buffer === b.buffer && a.offset < b.offset + b.count && b.offset < a.offset + a.count;
}
