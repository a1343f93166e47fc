// Assigns memory to temporaries: buffers whose lives do not overlap share one. Each shared buffer holds one value at a
// time, so a dispatch never reads and writes the same buffer (WebGPU forbids that within a dispatch), and the driver
// never waits for a buffer because of unrelated data in it. After "shared objects, greedy by size" of Pisarchyk and
// Lee, arXiv 2001.03288.

import type { Operand, VirtualBuffer } from "../../graph/lowering.ts";

export interface Life {
  readonly buffer: VirtualBuffer;
  first: number;
  last: number;
}

interface Assignment {
  /** Sizes of the shared buffers, in elements. */
  readonly sizes: readonly number[];
  /** Index of the shared buffer of each temporary, by id. */
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

/** Assigns temporaries, the largest first, to the shared buffer of nearest size that is free during their life. */
export function share(lives: readonly Life[]): Assignment {
  const shared: { size: number; members: Life[] }[] = [];
  const place = new Map<number, number>();
  for (const life of [...lives].sort((a, b) => b.buffer.count - a.buffer.count || a.first - b.first)) {
    let index = -1;
    // Later shared buffers are smaller: the last free one is the tightest fit.
    for (let i = shared.length - 1; i >= 0 && index < 0; i--)
      if (shared[i].members.every((other) => other.last < life.first || life.last < other.first)) index = i;
    if (index < 0) index = shared.push({ size: life.buffer.count, members: [] }) - 1;
    shared[index].members.push(life);
    place.set(life.buffer.id, index);
  }
  return { sizes: shared.map(({ size }) => size), place };
}
