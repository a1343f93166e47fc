// The tensors that live from step to step: parameters, moments, state. Those of a group lie together in memory.

import { LabError } from "../../error.ts";
import { numel, show, type Shape, type DType } from "../values/shape.ts";
import { layOut, type Group, type HostArray, type Persistent } from "../graph/leaf.ts";
import { megabytes } from "../values/megabytes.ts";

/** A new one, or several that lie together from now on. */
export type PersistentChange =
  | { readonly type: "made"; readonly leaf: Persistent }
  | { readonly type: "grouped"; readonly members: readonly Persistent[] };

export class Persistents {
  /** Every change is written down here, where somebody asks for it. */
  journal: PersistentChange[] | null = null;
  /** Bytes the device may hold; see `needRoom`. */
  mostBytes = Infinity;
  /** Grows whenever one moves, which makes every plan stale. */
  layout = 0;
  readonly #all: Persistent[] = [];
  #bytes = 0;
  #ids = 0;

  /**
   * Throws LabError "memory" where the device cannot hold a new tensor beside those that live from step to step: before
   * its values are made, which takes longer than all else and memory of this machine's.
   */
  needRoom(what: string, shape: Shape): void {
    const bytes = 4 * numel(shape);
    if (this.#bytes + bytes <= this.mostBytes) return;
    const beside = this.#bytes > 0 ? ` beside ${megabytes(this.#bytes)} of others` : "";
    throw new LabError("memory", {
      what: `${what}: does not fit on this device`,
      got: `${show(shape)} of ${megabytes(bytes)}${beside}`,
      expected: `at most ${megabytes(this.mostBytes)}`,
      hint: "make it smaller",
    });
  }

  /** A new one, made on that line of train.ts; `initial` null is zeros. */
  make(shape: Shape, dtype: DType, initial: HostArray | null, trainable: boolean, line: number): Persistent {
    const leaf: Persistent = {
      kind: "persistent",
      id: this.#ids++,
      shape: Object.freeze([...shape]),
      dtype,
      trainable,
      initial,
      optimizers: 0,
      graded: false,
      owner: null,
      changed: 0,
      node: null,
      assigned: null,
      assignedEpoch: 0,
      current: null,
      group: { id: -1, members: [], offsets: [], total: 0 },
      slot: 0,
      dead: false,
      line,
    };
    this.journal?.push({ type: "made", leaf });
    this.group([leaf]);
    this.#all.push(leaf);
    this.#bytes += 4 * numel(shape);
    return leaf;
  }

  /** The smallest id of persistent tensors made from now on. */
  get next(): number {
    return this.#ids;
  }

  /** Lays some out together, in order. Those of an earlier group leave it. */
  group(members: readonly Persistent[]): Group {
    const group: Group = {
      id: this.#ids++,
      members,
      ...layOut(members.map((member) => numel(member.shape))),
    };
    members.forEach((member, slot) => {
      member.group = group;
      member.slot = slot;
    });
    if (members.length > 1) {
      this.layout++;
      this.journal?.push({ type: "grouped", members });
    }
    return group;
  }

  /** None of them may be read any more. */
  destroy(): void {
    for (const leaf of this.#all) leaf.dead = true;
    this.#all.length = 0;
    this.#bytes = 0;
  }
}
