// A document in memory and in the store; its writes are queued, one at a time.
import type { Json } from "../../repo/index.ts";

/** Each change sees the result of the one before it, and `now` changes only after the store has acknowledged. */
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
    // The caller gets the error of a failed write; the next write takes its turn all the same.
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** A copy through JSON, so that a document is the same before and after a reload. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
