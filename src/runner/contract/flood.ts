// Limits the messages of the sandbox. An honest trainer sends a few small ones a second, and at first one for each line
// of train.ts that it reaches. 200,000 messages would cost the lab 7.7 s (measured November 2026); the limit is far
// lower.

/** Messages allowed at once, and regained per second. */
const MESSAGES = { burst: 1500, perSecond: 100 };
/** The same for bytes, without the two forward passes of a run, which have limits of their own. */
const BYTES = { burst: 8_000_000, perSecond: 1_000_000 };

export class FloodGate {
  #messages = MESSAGES.burst;
  #bytes = BYTES.burst;
  #last: number;

  constructor(now: number) {
    this.#last = now;
  }

  /** Whether the lab may read a message of about `bytes` bytes. `now` in ms. */
  admit(bytes: number, now: number): boolean {
    const seconds = Math.max(0, now - this.#last) / 1000;
    this.#last = now;
    this.#messages = Math.min(MESSAGES.burst, this.#messages + seconds * MESSAGES.perSecond) - 1;
    this.#bytes = Math.min(BYTES.burst, this.#bytes + seconds * BYTES.perSecond) - bytes;
    return this.#messages >= 0 && this.#bytes >= 0;
  }
}

/** Approximate bytes of a cloned value; descends only as deep as messages go, and estimates long arrays. */
export function weigh(value: unknown, depth = 3): number {
  if (typeof value === "string") return 2 * value.length;
  if (value === null || typeof value !== "object") return 8;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 64 + value.byteLength;
  if (depth === 0) return 64;
  if (Array.isArray(value) && value.length > 10_000) return 16 * value.length;
  let bytes = 64;
  for (const key of Object.keys(value).slice(0, 10_000)) {
    bytes += 2 * key.length + weigh((value as Record<string, unknown>)[key], depth - 1);
  }
  return bytes;
}
