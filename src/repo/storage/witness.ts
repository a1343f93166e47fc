// A summary of the store at its last acknowledged write, kept outside of it: Chromium opens a damaged IndexedDB as an
// empty one, and a truncated one as if it were complete. The witness is written after the store has acknowledged, so it
// may be one interrupted write behind, and never ahead.

import { LabError } from "../../error.ts";

export interface WitnessedStudy {
  readonly tag: string;
  /** Tips of both branches. */
  readonly incumbent: string;
  readonly notebook: string;
  readonly experiments: number;
}

export interface Witness {
  /** Batches that the store had committed: the version of every journal too. */
  readonly version: number;
  readonly studies: readonly WitnessedStudy[];
  /** Names of the journals at that time. */
  readonly journals: readonly string[];
}

export interface WitnessStore {
  /** The last complete witness, or null when there is none. */
  read(): Promise<Witness | null>;
  /** Durable when it resolves. */
  write(witness: Witness): Promise<void>;
}

const FILE = "overnight-witness";
/** Two slots, written in turn, so that an interrupted write leaves the previous witness. */
const SLOT_BYTES = 512 * 1024;
const HEAD_BYTES = 40; // serial, length, SHA-256
const BUSY_MS = 50;
const BUSY_TRIES = 40;

/**
 * One file in the origin private file system. A second database would not do: all databases of a site share their
 * files, and are damaged together. `localStorage` would not do: a worker has none, and Chromium writes it seconds
 * later. Null where the browser has no such file system.
 */
export async function fileWitness(name = FILE): Promise<WitnessStore | null> {
  // Absent in insecure contexts and old browsers, although the types promise it.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  if (storage?.getDirectory === undefined || !("createSyncAccessHandle" in FileSystemFileHandle.prototype))
    return null;
  const folder = await storage.getDirectory();
  return {
    async read() {
      return (await withFile(folder, name, newestSlot))?.witness ?? null;
    },
    async write(witness) {
      const text = new TextEncoder().encode(JSON.stringify(witness));
      if (text.length > SLOT_BYTES - HEAD_BYTES)
        throw new LabError("storage", {
          what: "witness: it is too long",
          got: `${text.length} bytes`,
        });
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
      await withFile(folder, name, async (file) => {
        const before = await newestSlot(file);
        const serial = (before?.serial ?? 0) + 1;
        const bytes = new Uint8Array(HEAD_BYTES + text.length);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, serial);
        view.setUint32(4, text.length);
        bytes.set(hash, 8);
        bytes.set(text, HEAD_BYTES);
        if (file.getSize() < 2 * SLOT_BYTES) file.truncate(2 * SLOT_BYTES);
        file.write(bytes, { at: (serial % 2) * SLOT_BYTES });
        file.flush();
      });
    },
  };
}

/** A witness in memory, for tests. */
export function memoryWitness(): WitnessStore {
  let kept: Witness | null = null;
  return {
    read: () => Promise.resolve(kept),
    write(witness) {
      kept = structuredClone(witness);
      return Promise.resolve();
    },
  };
}

/**
 * Opens the file, creating it where there is none, and closes it after use: an open handle would block the next tab.
 */
async function withFile<T>(
  folder: FileSystemDirectoryHandle,
  name: string,
  work: (file: FileSystemSyncAccessHandle) => Promise<T>,
): Promise<T> {
  const handle = await folder.getFileHandle(name, { create: true });
  for (let tries = 1; ; tries++) {
    try {
      const file = await handle.createSyncAccessHandle();
      try {
        return await work(file);
      } finally {
        file.close();
      }
    } catch (error) {
      // A tab that was just closed may still hold it.
      const busy = error instanceof DOMException && error.name === "NoModificationAllowedError";
      if (!busy || tries === BUSY_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    }
  }
}

async function newestSlot(
  file: FileSystemSyncAccessHandle,
): Promise<{ serial: number; witness: Witness } | null> {
  const slots = await Promise.all([0, 1].map((slot) => readSlot(file, slot * SLOT_BYTES)));
  return slots.reduce((best, slot) => (slot && (!best || slot.serial > best.serial) ? slot : best), null);
}

/** Reads a slot; null where it holds no complete witness. */
async function readSlot(
  file: FileSystemSyncAccessHandle,
  at: number,
): Promise<{ serial: number; witness: Witness } | null> {
  const head = new Uint8Array(HEAD_BYTES);
  if (file.read(head, { at }) < HEAD_BYTES) return null;
  const view = new DataView(head.buffer);
  const length = view.getUint32(4);
  if (length === 0 || length > SLOT_BYTES - HEAD_BYTES) return null;
  const text = new Uint8Array(length);
  if (file.read(text, { at: at + HEAD_BYTES }) < length) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  if (!hash.every((byte, i) => byte === head[8 + i])) return null;
  return { serial: view.getUint32(0), witness: JSON.parse(new TextDecoder().decode(text)) as Witness };
}
