// Packs items that come one at a time into bins of one capacity, and never moves an item again: best fit, which puts an item
// where the least room is left.

export function solve({ capacity }: { capacity: number }): (item: number) => number {
  // Bins by the room they have left, of equals the one that got there last.
  const byRoom: number[][] = Array.from({ length: capacity + 1 }, () => []);
  let opened = 0;
  return (item) => {
    let room = capacity; // a new bin
    let best = priority(capacity - item, item, true);
    for (let r = item; r < capacity; r++) {
      if (byRoom[r].length === 0) continue;
      const p = priority(r - item, item, false);
      if (p > best) {
        best = p;
        room = r;
      }
    }
    const bin = byRoom[room].pop() ?? opened++;
    byRoom[room - item].push(bin);
    return bin;
  };
}

/** How good it is to leave `left` in a bin; `fresh`: in a new one. */
function priority(left: number, item: number, fresh: boolean): number {
  return fresh ? -1000 - item : -left;
}
