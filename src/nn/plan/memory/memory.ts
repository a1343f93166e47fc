// Memory of the temporaries: buffers whose lives do not overlap share one. Each shared buffer holds one value at a
// time, so a dispatch never reads and writes the same one (which WebGPU forbids within a dispatch), and what one
// kernel writes never makes the driver wait for another's buffer. After "shared objects, greedy by size" of
// Pisarchyk and Lee, arXiv 2001.03288.

import type { Operand, VirtualBuffer } from "../../graph/lowering.ts";

export interface Life {
  readonly buffer: VirtualBuffer;
  first: number;
  last: number;
}

interface Assignment {
  /** Sizes in elements of the shared buffers. */
  readonly sizes: readonly number[];
  /** Which shared buffer each temporary lies in, by id. */
  readonly place: ReadonlyMap<number, number>;
}

/** First and last dispatch of every temporary; `kept` live to the end. */
export function livesOf(
  dispatches: readonly { readonly operands: readonly Operand[] }[],
  kept: readonly Operand[],
): Life[] {
  const lives = new Map<number, Life>();
  dispatches.forEach(({ operands }, i) => {
    for (const { buffer } of operands) {
      if (buffer.kind !== "temporary") continue;
      const life = lives.get(buffer.id);
      if (life) life.last = i;
      else lives.set(buffer.id, { buffer, first: i, last: i });
    }
  });
  for (const { buffer } of kept) {
    const life = lives.get(buffer.id);
    if (life) life.last = Infinity;
  }
  return [...lives.values()];
}

/** Puts the largest first into the shared buffer it fits into at its time, nearest in size. */
export function share(lives: readonly Life[]): Assignment {
  const shared: { size: number; members: Life[] }[] = [];
  const place = new Map<number, number>();
  for (const life of [...lives].sort((a, b) => b.buffer.count - a.buffer.count || a.first - b.first)) {
    let index = -1;
    // Later shared buffers are smaller: the last that is free is the tightest fit.
    for (let i = shared.length - 1; i >= 0 && index < 0; i--)
      if (shared[i].members.every((other) => other.last < life.first || life.last < other.first)) index = i;
    if (index < 0) index = shared.push({ size: life.buffer.count, members: [] }) - 1;
    shared[index].members.push(life);
    place.set(life.buffer.id, index);
  }
  return { sizes: shared.map(({ size }) => size), place };
}
