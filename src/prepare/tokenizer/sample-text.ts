// A fixed, evenly spread sample of a text that is too long to process whole: the same bytes for the same text.

/** Length of one block of a sample, in bytes. */
const BLOCK = 64 << 10;

/** At most `limit` bytes of `text`, in blocks of 64 KiB at even distances; a shorter text is returned whole. */
export function spreadSample(text: Uint8Array, limit: number): Uint8Array {
  if (text.length <= limit) return text;
  const blocks = Math.max(1, Math.floor(limit / BLOCK));
  const size = Math.min(BLOCK, limit);
  const out = new Uint8Array(blocks * size);
  for (let i = 0; i < blocks; i++) {
    const start = Math.floor((i * (text.length - size)) / Math.max(1, blocks - 1));
    out.set(text.subarray(start, start + size), i * size);
  }
  return out;
}
