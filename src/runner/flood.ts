// Counts what comes out of the sandbox. An honest trainer sends a few small messages a second, and at first each line of
// train.ts as it comes to it; 200,000 messages would cost the lab 7.7 s (measured November 2026), so a flood is stopped
// long before.

/** Messages that may come at once, and how many a second are forgiven. */
const MESSAGES = { burst: 1500, perSecond: 100 };
/** Bytes likewise; the two forward passes of a run are not counted here, they have limits of their own. */
const BYTES = { burst: 8_000_000, perSecond: 1_000_000 };

export class FloodGate {
  #messages = MESSAGES.burst;
  #bytes = BYTES.burst;
  #last: number;

  constructor(now: number) {
    this.#last = now;
  }

  /** Whether a message of about `bytes` bytes may still be looked at. `now` in ms. */
  admit(bytes: number, now: number): boolean {
    const seconds = Math.max(0, now - this.#last) / 1000;
    this.#last = now;
    this.#messages = Math.min(MESSAGES.burst, this.#messages + seconds * MESSAGES.perSecond) - 1;
    this.#bytes = Math.min(BYTES.burst, this.#bytes + seconds * BYTES.perSecond) - bytes;
    return this.#messages >= 0 && this.#bytes >= 0;
  }
}

/** Roughly how many bytes a cloned value holds; looks no deeper than messages go and stops counting when it is enough. */
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
