// lightning-fs over a store with atomic batches: file contents and the directory tree stay in memory until `commit`
// writes both in one transaction. Unmodified, lightning-fs writes contents at once and the tree 500 ms later, which
// lost 452 of 7,519 acknowledged commits under SIGKILL, even with flush() (November 2026).

import "./globals.ts";
import FS from "@isomorphic-git/lightning-fs";
import { LabError } from "../../error.ts";
import { type Store, type StoreKey, writtenElsewhere } from "./store.ts";

const ROOT = "!root";

/** The `db` of one lightning-fs instance: reads from the store, but holds every write back in memory. */
class StagedInodes implements FS.IDB {
  readonly puts = new Map<StoreKey, unknown>();
  readonly deletes = new Set<StoreKey>();
  /** The live directory tree; lightning-fs changes it in place. */
  root: FS.SuperBlock | undefined;
  readonly #read: (inode: number) => Promise<unknown>;
  /** Throws when another tab has written since; that explains a missing value. */
  readonly #explain: () => Promise<void>;

  constructor(
    root: FS.SuperBlock | undefined,
    read: (inode: number) => Promise<unknown>,
    explain: () => Promise<void>,
  ) {
    this.root = root;
    this.#read = read;
    this.#explain = explain;
  }
  // lightning-fs passes its live Map here, contrary to its types.
  saveSuperblock(root: unknown): void {
    if (root instanceof Map) this.root = root as FS.SuperBlock;
  }
  // lightning-fs takes null, not undefined, for "no file system yet".
  loadSuperblock(): FS.SuperBlock {
    return this.root ?? (null as unknown as FS.SuperBlock);
  }
  async readFile(inode: number): Promise<Uint8Array> {
    const value = this.puts.get(inode) ?? (this.deletes.has(inode) ? undefined : await this.#read(inode));
    if (!(value instanceof Uint8Array)) {
      await this.#explain();
      throw new LabError("git", `repository: file ${inode} is listed but missing`);
    }
    return value;
  }
  writeFile(inode: number, data: Uint8Array): void {
    this.deletes.delete(inode);
    // A view would be stored with the whole of its larger buffer.
    this.puts.set(inode, new Uint8Array(data));
  }
  unlink(inode: number): void {
    this.puts.delete(inode);
    this.deletes.add(inode);
  }
  wipe(): void {
    throw new LabError("internal", "repository: nothing may wipe the store");
  }
  close(): void {
    // The store stays open; lightning-fs closes after every half second of rest.
  }
}

let volumes = 0;

/** A file system whose changes become durable together or not at all. */
export class Volume {
  readonly #store: Store;
  #version: number;
  #inodes: StagedInodes;
  #fs: FS;
  #failure: LabError | undefined;

  private constructor(store: Store, version: number, root: FS.SuperBlock | undefined) {
    this.#store = store;
    this.#version = version;
    this.#inodes = this.#stage(root);
    this.#fs = mount(this.#inodes);
  }

  /** LabError "storage" when the store is not empty but holds no file system. */
  static async open(store: Store): Promise<Volume> {
    const version = await store.version();
    return new Volume(store, version, await loadRoot(store, version));
  }

  /** Each rollback and each refresh replaces it: do not keep a reference. */
  get fs(): FS {
    return this.#fs;
  }

  /** Batches committed so far; 0 for a store that was just created. */
  get version(): number {
    return this.#version;
  }

  /** The failure after which nothing may be written, if any. */
  get failure(): LabError | undefined {
    return this.#failure;
  }

  /** A record beside the file system. */
  async record(key: string): Promise<unknown> {
    return this.#guard(() => this.#store.get(`=${key}`));
  }

  /**
   * Writes all changes since the last commit, and `records`, in one durable transaction. When it fails, the volume
   * returns to the stored state and refuses every later write, unless the store was only full. Returns the number of
   * files written.
   */
  async commit(records: Readonly<Record<string, unknown>> = {}): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    await this.#fs.promises.flush();
    const { puts, deletes, root } = this.#inodes;
    const batch = new Map(puts);
    if (root !== undefined && (puts.size > 0 || deletes.size > 0)) batch.set(ROOT, root);
    for (const [key, value] of Object.entries(records)) batch.set(`=${key}`, value);
    try {
      await this.#store.commit({ version: this.#version, puts: batch, deletes });
    } catch (error) {
      if (!(error instanceof LabError && error.code === "full")) this.#latch(error);
      puts.clear(); // shows no unconfirmed data, even where the store cannot be read
      await this.rollback();
      throw error;
    }
    this.#version++;
    const written = puts.size;
    puts.clear();
    deletes.clear();
    return written;
  }

  /** Discards all uncommitted changes. */
  async rollback(): Promise<void> {
    this.#version = await this.#guard(() => this.#store.version());
    this.#inodes = this.#stage(await loadRoot(this.#store, this.#version));
    this.#fs = mount(this.#inodes);
  }

  /** Loads another tab's commits; true when there were any. */
  async refresh(): Promise<boolean> {
    if ((await this.#guard(() => this.#store.version())) === this.#version) return false;
    await this.rollback();
    return true;
  }

  /** Throws the first failure again, or LabError "lock" when another tab has written since. */
  async assertWritable(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await this.#guard(() => this.#assertCurrent());
  }

  async #assertCurrent(): Promise<void> {
    const found = await this.#store.version();
    if (found !== this.#version) throw writtenElsewhere(found, this.#version);
  }

  async close(): Promise<void> {
    this.#failure ??= new LabError("storage", "repository: it was closed");
    await this.#store.close();
  }

  #stage(root: FS.SuperBlock | undefined): StagedInodes {
    return new StagedInodes(
      root,
      (inode) => this.#guard(() => this.#store.get(inode)),
      () => this.#assertCurrent(),
    );
  }

  /** After one failure of the store no further write is allowed. */
  async #guard<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#latch(error);
      throw error;
    }
  }

  #latch(error: unknown): void {
    this.#failure ??=
      error instanceof LabError
        ? error
        : new LabError("storage", { what: "repository: the store failed", got: String(error), cause: error });
  }
}

async function loadRoot(store: Store, version: number): Promise<FS.SuperBlock | undefined> {
  const root = await store.get(ROOT);
  if (version === 0 && root === undefined) return undefined;
  if (version === 0)
    throw new LabError("storage", {
      what: "repository: its version record is missing",
      hint: "the store is damaged",
    });
  if (!(root instanceof Map))
    throw new LabError("storage", {
      what: "repository: its directory tree is missing",
      hint: "the store is damaged",
    });
  return root as FS.SuperBlock;
}

/** Names are unique because lightning-fs locks by name; the lab's lock and the version decide which tab may write. */
function mount(inodes: StagedInodes): FS {
  volumes++;
  return new FS(`overnight-${volumes}-${crypto.randomUUID()}`, { db: inodes, defer: true });
}
