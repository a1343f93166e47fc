// Encodes the text of one split in chunks of any length; the tokens equal those of the whole text encoded at once.
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** Bytes encoded between two turns of the event loop. */
const STEP = 128 << 10;

/** Feed text with `push`, take the tokens with `finish`. */
export class SplitEncoder {
  /** Number of bytes pushed so far. */
  bytes = 0;
  private readonly tokenizer: Tokenizer;
  private tokens: Uint16Array;
  private count = 0;
  private tail = new Uint8Array(0);

  /** `expectedBytes` only sizes the first buffer. */
  constructor(tokenizer: Tokenizer, expectedBytes = 1 << 16) {
    this.tokenizer = tokenizer;
    this.tokens = new Uint16Array(Math.ceil(expectedBytes / 2) + 64);
  }

  /** Encodes `text`; `pause` is awaited every 128 KiB. */
  async push(text: Uint8Array, pause: () => Promise<void>): Promise<void> {
    this.bytes += text.length;
    for (let at = 0; at < text.length; at += STEP) {
      this.take(text.subarray(at, at + STEP), false);
      await pause();
    }
  }

  /** The tokens of the whole text, in an array of exactly their number. */
  finish(): Uint16Array {
    this.take(new Uint8Array(0), true);
    return this.count === this.tokens.length ? this.tokens : this.tokens.slice(0, this.count);
  }

  private take(text: Uint8Array, last: boolean): void {
    const joined = new Uint8Array(this.tail.length + text.length);
    joined.set(this.tail);
    joined.set(text, this.tail.length);
    if (this.count + joined.length > this.tokens.length) {
      const larger = new Uint16Array(Math.ceil((this.count + joined.length) * 1.2));
      larger.set(this.tokens.subarray(0, this.count));
      this.tokens = larger;
    }
    const { next, at } = this.tokenizer.encodeInto(joined, 0, joined.length, this.tokens, this.count, last);
    this.tail = joined.slice(next);
    this.count = at;
  }
}
