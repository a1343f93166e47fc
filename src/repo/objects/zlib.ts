// zlib streams inside packs. A pack does not store where a stream ends. The browser's DecompressionStream does not
// report it either, but pako does.

import pako from "pako";
import { LabError } from "../../error.ts";

export function deflate(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // Most objects are deltas of a few bytes, and zeroing the tables of a full window took longer than compressing them.
  const windowBits = Math.min(15, Math.max(9, 32 - Math.clz32(bytes.length)));
  return pako.deflate(bytes, { level: 6, windowBits, memLevel: Math.min(8, windowBits - 6) });
}

/**
 * Inflates the stream that starts at `offset`, which must hold exactly `size` bytes: a stream that holds more is stopped
 * there, so a hostile one cannot fill the memory. LabError "git" otherwise.
 */
export function inflate(
  bytes: Uint8Array,
  offset: number,
  size: number,
): { readonly data: Uint8Array<ArrayBuffer>; readonly end: number } {
  const data = new Uint8Array(size);
  let filled = 0;
  const inflator = new pako.Inflate({ chunkSize: Math.min(Math.max(size, 64), 65536) });
  inflator.onData = (chunk) => {
    if (filled + chunk.length > size) throw corrupt("an object is longer than it says");
    data.set(chunk, filled);
    filled += chunk.length;
  };
  inflator.onEnd = (status) => {
    inflator.err = status;
  };
  inflator.push(bytes.subarray(offset), false);
  if (inflator.err !== 0) throw corrupt("a compressed object is damaged");
  if (!inflator.ended) throw corrupt("a compressed object ends too early");
  if (filled !== size) throw corrupt("an object is shorter than it says");
  return { data, end: offset + inflator.strm.next_in };
}

/** Inflates a whole loose object, whose size is inside the stream. */
export function inflateAll(bytes: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let filled = 0;
  const inflator = new pako.Inflate({ chunkSize: 65536 });
  inflator.onData = (chunk) => {
    filled += chunk.length;
    if (filled > limit) throw corrupt("an object is too large");
    chunks.push(chunk);
  };
  inflator.onEnd = (status) => {
    inflator.err = status;
  };
  inflator.push(bytes, false);
  if (inflator.err !== 0 || !inflator.ended) throw corrupt("a loose object is damaged");
  return concat(chunks);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function corrupt(what: string): LabError {
  return new LabError("git", what);
}
