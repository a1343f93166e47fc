// For tests in Node 20, which has no Web Locks: a small `navigator.locks` with the parts lightning-fs and the lab use.

interface Request {
  readonly name: string;
  readonly options: LockOptions;
  readonly grant: (lock: Lock | null) => void;
}

class LocalLocks {
  readonly #held = new Map<string, (reason: DOMException) => void>();
  #waiting: Request[] = [];

  request(name: string, options: LockOptions, callback: (lock: Lock | null) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const grant = (lock: Lock | null): void => {
        if (lock !== null) this.#held.set(name, reject);
        Promise.resolve(callback(lock)).then(
          (value) => {
            if (lock !== null && this.#held.get(name) === reject) this.#release(name);
            resolve(value);
          },
          (error: unknown) => {
            reject(error as Error);
          },
        );
      };
      if (options.steal === true) {
        this.#held.get(name)?.(new DOMException("Lock broken by another request", "AbortError"));
        this.#held.delete(name);
      }
      const request: Request = { name, options, grant };
      options.signal?.addEventListener("abort", () => {
        if (!this.#waiting.includes(request)) return;
        this.#waiting = this.#waiting.filter((other) => other !== request);
        reject(new DOMException("The request was aborted", "AbortError"));
      });
      if (!this.#held.has(name)) grant({ name, mode: "exclusive" });
      else if (options.ifAvailable === true) grant(null);
      else this.#waiting.push(request);
    });
  }

  #release(name: string): void {
    this.#held.delete(name);
    const next = this.#waiting.find((request) => request.name === name);
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((request) => request !== next);
    next.grant({ name, mode: "exclusive" });
  }
}

/** Call before the first lightning-fs operation. Does nothing where Web Locks exist. */
export function installLocks(): void {
  const navigator = (globalThis as { navigator?: { locks?: unknown } }).navigator;
  if (navigator?.locks !== undefined) return;
  Object.defineProperty(globalThis, "navigator", { value: { locks: new LocalLocks() }, configurable: true });
}
