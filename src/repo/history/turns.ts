// Runs one task at a time, in the order of the calls. A task that fails does not stop the next.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after all earlier tasks. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // The caller gets the error; the queue ignores it.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}
