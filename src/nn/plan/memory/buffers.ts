// The buffers of a plan that is being drawn: what they are for, not yet where. A leaf, a table or a kept arena is one
// buffer however often it is asked for; every scratch is its own, and memory.ts lets them share later.

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

  /** A buffer for several values: kept under the key, or (null) a temporary. */
  parent(count: number, key: string | null): Operand {
    if (key === null) return this.scratch(count);
    let buffer = this.#pinned.get(key);
    if (!buffer) {
      buffer = { kind: "pinned", id: this.#ids++, count, key };
      this.#pinned.set(key, buffer);
    }
    return whole(buffer);
  }

  /** A persistent tensor's own memory. */
  home(leaf: Persistent): Operand {
    let buffer = this.#groups.get(leaf.group);
    if (!buffer) {
      buffer = { kind: "persistent", id: this.#ids++, count: leaf.group.total, group: leaf.group };
      this.#groups.set(leaf.group, buffer);
    }
    return { buffer, offset: offsetOf(leaf), count: numel(leaf.shape) };
  }

  /** A host array's. */
  data(node: Node): Operand {
    return whole({ kind: "data", id: this.#ids++, count: numel(node.out().shape), node: node.index });
  }

  /** A host-made table that never changes. */
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
