// Detects servers that cut a prompt silently. The server's token count tells how much it read; but some servers count
// only tokens outside their cache, so a low count alone proves nothing.

/** Shorter prompts are not examined [tokens]. */
const LONG = 2_000;
/** No server has so short a context; the uncached rest of a prompt may well be this short [tokens]. */
const MIN = 500;

export class CutWatch {
  /** The longest prompt that was read whole [tokens]. */
  #whole = 0;
  /** Length and count of the last prompt that seemed cut [tokens]. */
  #suspect: { sent: number; read: number } | null = null;
  /** Length and count of the last prompt that seemed whole [tokens]. */
  #last: { sent: number; read: number } | null = null;

  /**
   * Reports that the server counted `read` tokens for a prompt of about `sent`. Returns the server's context if it can
   * be inferred exactly, the number of tokens it reads if only that is known, null without evidence of a cut.
   */
  look(sent: number, read: number): { context: number } | { prompt: number } | null {
    if (read >= sent / 2) {
      const before = this.#last;
      this.#last = { sent, read };
      // Prompts of clearly different lengths never have one count, unless both were cut to it.
      const stuck = before !== null && before.read === read && Math.abs(before.sent - sent) > 0.05 * sent;
      if (stuck && sent >= LONG) return { prompt: read };
      this.#whole = Math.max(this.#whole, sent);
      return null;
    }
    // The server read a prompt of this length before: the missing tokens came from its cache.
    if (sent < LONG || read < MIN || sent <= this.#whole * 1.2) return null;
    // Ollama keeps half of its context N and two tokens.
    const context = 2 * (read - 2);
    if (context >= 1_024 && context % 512 === 0) return { context };
    const before = this.#suspect;
    this.#suspect = { sent, read };
    // A cut gives the same count for prompts of different lengths; a cache does not.
    const again =
      before !== null && Math.abs(before.read - read) <= 0.02 * read && Math.abs(before.sent - sent) > 100;
    return again ? { prompt: read } : null;
  }
}
