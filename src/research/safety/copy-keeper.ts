// Updates the copies of the open study after each commit, but spends at most a small share of the time on it.
import { LabError } from "../../error.ts";
import type { Clock } from "../../researchers/index.ts";
import type { Json } from "../../repo/index.ts";
import type { CopiesView } from "../contract/lab-state.ts";
import { bundleFile, copiesIn, type CopyFolder, type GrantedFolders, RECORDS_FILE } from "./copies.ts";

/** A copy that took one second is not repeated within 20 s. */
const SHARE = 20;

interface CopySource {
  exportBundle(tag: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The journals to store beside it, by name. */
  journals(): Promise<Readonly<Record<string, Json>>>;
}

export class CopyKeeper {
  readonly #own: CopyFolder | null;
  readonly #granted: GrantedFolders;
  readonly #clock: Clock;
  readonly #tell: (view: CopiesView) => void;
  #folder: FileSystemDirectoryHandle | null = null;
  #view: CopiesView = { browser: { at: null, error: null }, folder: null };
  #source: CopySource | null = null;
  #due = new Set<string>();
  #working: Promise<void> | null = null;

  constructor(
    own: CopyFolder | null,
    granted: GrantedFolders,
    clock: Clock,
    tell: (view: CopiesView) => void,
  ) {
    this.#own = own;
    this.#granted = granted;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** The folder that the human granted, in this visit or the last; null: none. */
  get folder(): FileSystemDirectoryHandle | null {
    return this.#folder;
  }

  /** Loads the folder of the last visit, and shows whether it may be used without asking. */
  async open(): Promise<void> {
    try {
      this.#folder = await this.#granted.load();
    } catch (error) {
      // Its handle is in a database, which may be damaged like the notebook's: the other copies remain.
      this.#show({ browser: { ...this.#view.browser, error: lineOf(error) } });
    }
    if (this.#folder !== null) await this.#showFolder(this.#folder, null);
  }

  /** Folders that may be read now. */
  async folders(): Promise<CopyFolder[]> {
    const own = this.#own === null ? [] : [this.#own];
    return this.#folder !== null && (await isGranted(this.#folder)) ? [...own, copiesIn(this.#folder)] : own;
  }

  /** From now on copies are made of this source. */
  attach(source: CopySource): void {
    this.#source = source;
  }

  /** A folder to keep copies in from now on; null: none. LabError "storage" when it cannot be written. */
  async grant(folder: FileSystemDirectoryHandle | null, tag: string | null): Promise<void> {
    this.#folder = folder;
    await this.#granted.save(folder);
    if (folder === null) {
      this.#show({ folder: null });
      return;
    }
    await this.#showFolder(folder, null);
    if (tag !== null) await this.changed(tag);
  }

  /** Deletes the copies in the browser; those in a folder are the human's. */
  async clearOwn(): Promise<void> {
    await this.#own?.clear();
    this.#show({ browser: { at: null, error: null } });
  }

  /** Call after a commit. Resolves when the copies are written; failures are shown, not thrown. */
  changed(tag: string): Promise<void> {
    this.#due.add(tag);
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  async #work(): Promise<void> {
    while (this.#due.size > 0 && this.#source !== null) {
      const tags = [...this.#due];
      this.#due = new Set();
      const began = this.#clock.now();
      for (const tag of tags) await this.#copy(tag, this.#source);
      const took = this.#clock.now() - began;
      if (this.#due.size > 0) await this.#clock.sleep(SHARE * took, new AbortController().signal);
    }
  }

  async #copy(tag: string, source: CopySource): Promise<void> {
    let bundle: Uint8Array<ArrayBuffer>;
    let journals: Uint8Array<ArrayBuffer>;
    try {
      bundle = await source.exportBundle(tag);
      journals = new TextEncoder().encode(JSON.stringify(await source.journals()));
    } catch (error) {
      const line = lineOf(error);
      this.#show({ browser: { ...this.#view.browser, error: line } });
      return;
    }
    const write = async (folder: CopyFolder) => {
      await folder.write(bundleFile(tag), bundle);
      await folder.write(RECORDS_FILE, journals);
    };
    if (this.#own !== null) {
      const { at } = this.#view.browser;
      const error = await failureOf(write(this.#own));
      this.#show({ browser: { at: error === null ? this.#clock.now() : at, error } });
    }
    const folder = this.#folder;
    if (folder === null) return;
    const granted = await isGranted(folder);
    const error = granted ? await failureOf(write(copiesIn(folder))) : null;
    await this.#showFolder(folder, error, granted && error === null);
  }

  async #showFolder(handle: FileSystemDirectoryHandle, error: string | null, written = false): Promise<void> {
    const at = written ? this.#clock.now() : (this.#view.folder?.at ?? null);
    this.#show({ folder: { name: handle.name, asks: !(await isGranted(handle)), at, error } });
  }

  #show(change: Partial<CopiesView>): void {
    this.#view = { ...this.#view, ...change };
    this.#tell(this.#view);
  }
}

/** Folders of the browser's own file system are always granted and have no permission to query. */
async function isGranted(folder: FileSystemDirectoryHandle): Promise<boolean> {
  return ((await folder.queryPermission?.({ mode: "readwrite" })) ?? "granted") === "granted";
}

async function failureOf(work: Promise<void>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return lineOf(error);
  }
}

function lineOf(error: unknown): string {
  if (error instanceof LabError) return error.message;
  throw error;
}
