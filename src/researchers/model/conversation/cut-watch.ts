// Whether a server cut a prompt without a word. What it counts is what it read; but some count only what was not in
// their cache, so a small count alone proves nothing.

/** Shorter prompts are not worth a suspicion. */
const LONG = 2_000;
/** No server has a context as short as this; what is left of a cached prompt is. */
const LEAST = 500;

export class CutWatch {
  /** The longest prompt that was read whole. */
  #whole = 0;
  /** The count of the last prompt that seemed cut, and how long it was. */
  #suspect: { sent: number; read: number } | null = null;

  /**
   * A prompt of about `sent` tokens was counted as `read`. Returns the server's context where it is known exactly, the
   * tokens it reads where that is all that is known, null when nothing speaks for a cut.
   */
  look(sent: number, read: number): { context: number } | { prompt: number } | null {
    if (read >= sent / 2) {
      this.#whole = Math.max(this.#whole, sent);
      return null;
    }
    // A prompt as long as this was read before: the rest came from the cache.
    if (sent < LONG || read < LEAST || sent <= this.#whole * 1.2) return null;
    // Ollama keeps half of its context N, and two tokens.
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
