// One thing at a time: whoever asks first goes first, and an error of one does not stop the next.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything that was asked for before it. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // Whoever asked for it gets the error; the queue only waits.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}
