// Copies of studies as files: in the browser's own file system, which is damaged apart from its databases, and in a
// folder the human granted. Both are folders of the same kind.
import { LabError } from "../../error.ts";

export interface CopyFolder {
  readonly name: string;
  /** Every file that can be read; those that cannot are left out. */
  read(): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>;
  /** Replaces the file atomically: readers see the old one or the new one. LabError "storage" or "full". */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Deletes every copy in the folder. */
  clear(): Promise<void>;
}

/** The file of the journals, beside the bundles. */
export const RECORDS_FILE = "overnight-journals.json";
export const bundleFile = (tag: string): string => `${tag}.bundle`;

const OWN_FOLDER = "overnight-copies";

/** The browser's own; null where there is none. */
export async function ownCopies(): Promise<CopyFolder | null> {
  // Absent in insecure contexts and old browsers, although the types promise it.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  if (storage?.getDirectory === undefined || !("createWritable" in FileSystemFileHandle.prototype))
    return null;
  const root = await storage.getDirectory();
  return copiesIn(await root.getDirectoryHandle(OWN_FOLDER, { create: true }), "this browser's copy");
}

export function copiesIn(folder: FileSystemDirectoryHandle, name = folder.name): CopyFolder {
  return {
    name,
    async read() {
      const files: { name: string; bytes: Uint8Array }[] = [];
      try {
        for await (const entry of folder.values()) {
          if (!isCopy(entry)) continue;
          const file = await (entry as FileSystemFileHandle).getFile();
          files.push({ name: entry.name, bytes: new Uint8Array(await file.arrayBuffer()) });
        }
      } catch (cause) {
        throw failure(`the copies in ${name} could not be read`, cause);
      }
      return files;
    },
    async clear() {
      try {
        const names: string[] = [];
        for await (const entry of folder.values()) if (isCopy(entry)) names.push(entry.name);
        for (const file of names) await folder.removeEntry(file);
      } catch (cause) {
        throw failure(`the copies in ${name} could not be deleted`, cause);
      }
    },
    async write(file, bytes) {
      try {
        const handle = await folder.getFileHandle(file, { create: true });
        const stream = await handle.createWritable();
        await stream.write(bytes);
        await stream.close(); // replaces the old file
      } catch (cause) {
        throw failure(`the copy ${file} could not be written to ${name}`, cause);
      }
    },
  };
}

const isCopy = ({ kind, name }: FileSystemHandle): boolean =>
  kind === "file" && (name.endsWith(".bundle") || name === RECORDS_FILE);

function failure(what: string, cause: unknown): LabError {
  const full = cause instanceof DOMException && cause.name === "QuotaExceededError";
  const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new LabError(full ? "full" : "storage", { what, got, cause });
}

/** Remembers the folder the human granted: a handle survives a reload, the permission may not. */
export interface GrantedFolders {
  load(): Promise<FileSystemDirectoryHandle | null>;
  save(folder: FileSystemDirectoryHandle | null): Promise<void>;
}

const DATABASE = "overnight-folder";
const STORE = "handles";

/** In a separate database, on which nothing else depends. */
export const grantedFolders: GrantedFolders = {
  async load() {
    const found = await inStore("readonly", (handles) => handles.get(0));
    return found instanceof FileSystemDirectoryHandle ? found : null;
  },
  async save(folder) {
    await inStore("readwrite", (handles) => (folder === null ? handles.delete(0) : handles.put(folder, 0)));
  },
};

function inStore(mode: IDBTransactionMode, ask: (handles: IDBObjectStore) => IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(STORE);
    };
    opening.onerror = () => {
      reject(failure("the granted folder could not be remembered", opening.error));
    };
    opening.onsuccess = () => {
      const database = opening.result;
      const work = database.transaction(STORE, mode);
      const request = ask(work.objectStore(STORE)) as IDBRequest<unknown>;
      work.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      work.onabort = () => {
        database.close();
        reject(failure("the granted folder could not be remembered", work.error));
      };
    };
  });
}
