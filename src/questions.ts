// Questions to another thread, by number: each is settled once, by its answer, by a refusal, or because the other end is gone.

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class Questions<Answer> {
  readonly #open = new Map<number, Waiting<Answer>>();
  #last = 0;

  /** How many questions wait for an answer. */
  get size(): number {
    return this.#open.size;
  }

  /** A number that no question has. */
  number(): number {
    return ++this.#last;
  }

  /** Asks by `send`, which gets the number of the question. An error of `send` rejects. */
  ask(send: (id: number) => void): Promise<Answer> {
    const id = this.number();
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      try {
        send(id);
      } catch (error) {
        this.#open.delete(id);
        throw error; // rejects
      }
    });
  }

  /** Nothing happens where the question is settled already. */
  answer(id: number, answer: Answer): void {
    this.#take(id)?.resolve(answer);
  }

  /** Rejects one question; see `answer`. */
  refuse(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Rejects all open questions: their other end is gone. */
  refuseAll(error: Error): void {
    for (const id of [...this.#open.keys()]) this.refuse(id, error);
  }

  #take(id: number): Waiting<Answer> | undefined {
    const waiting = this.#open.get(id);
    this.#open.delete(id);
    return waiting;
  }
}
