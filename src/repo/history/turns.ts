// One task at a time, in the order they were asked for. A task that fails does not stop the next.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything that was asked for before it. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // The caller gets the error; the queue only waits.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}
