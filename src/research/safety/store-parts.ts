// The storage that the lab needs from a browser: the database, the witness beside it, the copies.
import type { RawStore, Repository, Witness, WitnessStore } from "../../repo/index.ts";
import type { CopyFolder } from "./copies.ts";

export interface StoreParts {
  openStore(): Promise<RawStore>;
  /** Deletes the store and opens a new one in its place. */
  recreateStore(): Promise<RawStore>;
  openRepository(store: RawStore, options: RepositoryOptions): Promise<Repository>;
  /** Null where the browser has no file system for it. */
  readonly witness: WitnessStore | null;
  /** Where copies may be: the browser's own, the granted folder. */
  copies(): Promise<readonly CopyFolder[]>;
  /** The folder in the browser's own file system; null where there is none. */
  readonly own: CopyFolder | null;
}

interface RepositoryOptions {
  readonly readOnly: boolean;
  /** The witness as last read; absent: there is none. */
  readonly last?: Witness | null;
}
