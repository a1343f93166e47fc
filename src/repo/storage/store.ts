// The storage that the repository needs: values by key, and atomic batches.
// Two implementations: IndexedDB with strict durability for the browser, memory for tests.

import { LabError } from "../../error.ts";

/** Inode numbers of lightning-fs, or names of the repository's own records. */
export type StoreKey = number | string;

/** One transaction. `version` guards against a second writer: it must be the number of batches committed so far. */
export interface StoreBatch {
  readonly version: number;
  readonly puts: ReadonlyMap<StoreKey, unknown>;
  readonly deletes: ReadonlySet<StoreKey>;
}

export interface Store {
  /** A copy of the value, or undefined. LabError "storage" when it cannot be read. */
  get(key: StoreKey): Promise<unknown>;
  /** Batches committed so far; 0 only for a store that was just created. */
  version(): Promise<number>;
  /**
   * Durable when it resolves. LabError "lock" when another writer has committed since `version`, LabError "storage"
   * when the write failed; in both cases nothing of the batch is stored.
   */
  commit(batch: StoreBatch): Promise<void>;
  close(): Promise<void>;
}

/** The store as the rescue uses it: raw values, without the file system on top of them. */
export interface RawStore extends Store {
  /** Layout of a database of a later version of the lab, which is only read; else null. */
  readonly foreign: number | null;
  /** Resolves when the browser closed the store under the lab: site data were cleared, or the disk failed. */
  readonly lost: Promise<LabError>;
  /** Every key that can be listed. */
  keys(): Promise<readonly StoreKey[]>;
  /** Overwrites a few kilobytes, to find out whether there is room. LabError "full" when there is none. */
  probe(): Promise<void>;
  /** Replaces the whole content by these values, in one durable transaction. */
  replace(values: ReadonlyMap<StoreKey, unknown>, version: number): Promise<void>;
}

export function writtenElsewhere(found: number, expected: number): LabError {
  return new LabError("lock", {
    what: "repository: another tab has written to it",
    got: `version ${found}`,
    expected: String(expected),
    hint: "reload this tab",
  });
}

/** A store in memory; it copies values in and out as a database would. */
export function memoryStore(): RawStore {
  const values = new Map<StoreKey, unknown>();
  let committed = 0;
  return {
    foreign: null,
    lost: new Promise(() => undefined),
    probe: () => Promise.resolve(),
    keys: () => Promise.resolve([...values.keys()]),
    replace(whole, version) {
      values.clear();
      for (const [key, value] of whole) values.set(key, structuredClone(value));
      committed = version;
      return Promise.resolve();
    },
    get: (key) => Promise.resolve(structuredClone(values.get(key))),
    version: () => Promise.resolve(committed),
    commit({ version, puts, deletes }) {
      if (version !== committed) return Promise.reject(writtenElsewhere(committed, version));
      const copies = [...puts].map(([key, value]) => [key, structuredClone(value)] as const);
      for (const key of deletes) values.delete(key);
      for (const [key, value] of copies) values.set(key, value);
      committed++;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
