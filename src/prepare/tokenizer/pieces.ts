// A hash table from pieces of text to small numbers, over bytes and without strings: the inner loop of both the BPE
// trainer (piece -> count) and the tokenizer (piece -> tokens).

/** Distinct pieces in the order of their first appearance, each with an index 0, 1, 2, ... */
export class Pieces {
  /** Number of distinct pieces. */
  size = 0;
  /** Bytes of piece i: `bytes.subarray(offsets[i], offsets[i + 1])`. */
  bytes: Uint8Array = new Uint8Array(1 << 16);
  offsets: Uint32Array = new Uint32Array(1 << 12);
  private slots: Int32Array = new Int32Array(1 << 13).fill(-1);
  private hashes: Uint32Array = new Uint32Array(1 << 12);

  /** The index of the piece bytes [start, end) of `text`; adds a new piece. */
  index(text: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i], 0x01000193);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = this.slots[slot];
      if (found < 0) return this.add(slot, hash, text, start, end);
      if (this.hashes[found] === hash && this.equals(found, text, start, end)) return found;
    }
  }

  /** Removes every piece, but keeps the memory. */
  clear(): void {
    this.size = 0;
    this.slots.fill(-1);
  }

  private equals(index: number, text: Uint8Array, start: number, end: number): boolean {
    const from = this.offsets[index];
    if (this.offsets[index + 1] - from !== end - start) return false;
    for (let i = start, j = from; i < end; i++, j++) if (text[i] !== this.bytes[j]) return false;
    return true;
  }

  private add(slot: number, hash: number, text: Uint8Array, start: number, end: number): number {
    const index = this.size++;
    const from = index === 0 ? 0 : this.offsets[index];
    if (from + end - start > this.bytes.length)
      this.bytes = grown(this.bytes, new Uint8Array(this.bytes.length * 2));
    this.bytes.set(text.subarray(start, end), from);
    if (this.size + 1 > this.offsets.length) {
      this.offsets = grown(this.offsets, new Uint32Array(this.offsets.length * 2));
      this.hashes = grown(this.hashes, new Uint32Array(this.hashes.length * 2));
    }
    this.offsets[index + 1] = from + end - start;
    this.hashes[index] = hash;
    this.slots[slot] = index;
    if (this.size * 2 > this.slots.length) this.rehash();
    return index;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let i = 0; i < this.size; i++) {
      let slot = this.hashes[i] & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = i;
    }
    this.slots = slots;
  }
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
