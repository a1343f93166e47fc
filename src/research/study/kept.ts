// A document in memory and in the store, with one writer and one order.
import type { Json } from "../../repo/index.ts";

/** Changes are queued, each sees the one before it, and `now` moves only after the store has acknowledged. */
export class Kept<T extends object> {
  #now: T;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #save: (value: Json) => Promise<void>;

  protected constructor(now: T, save: (value: Json) => Promise<void>) {
    this.#now = now;
    this.#save = save;
  }

  get now(): T {
    return this.#now;
  }

  /** Changes the document; durable when it resolves. */
  update(change: (now: T) => Partial<T>): Promise<void> {
    return this.write(change, this.#save);
  }

  /** Changes the document through `save`, which keeps it together with something else in one transaction. */
  write<R>(change: (now: T) => Partial<T>, save: (value: Json) => Promise<R>): Promise<R> {
    const turn = this.#turn.then(async () => {
      const next = plain({ ...this.#now, ...change(this.#now) });
      const result = await save(next as Json);
      this.#now = next;
      return result;
    });
    // A failed write is its caller's to hear of; the next one takes its turn all the same.
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** A copy as JSON gives it back, so that a document is the same before and after a reload. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
