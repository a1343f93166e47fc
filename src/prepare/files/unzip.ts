// Unpacks the texts of a zip archive. zip.js checks the directory: overlapping entries, paths out of the folder, sizes
// and checksums.
import type { FileEntry } from "@zip.js/zip.js";
import { LabError, messageOf } from "../../error.ts";
import type { Spill } from "./spill.ts";

/** Entries of an archive; the largest collections of books have about this many. */
const MAX_ENTRIES = 100_000;

export interface Unzipped {
  /** Path in the archive. */
  readonly name: string;
  readonly file: Blob;
}

/**
 * The entries that `wanted` chooses, by path. Throws LabError "corpus" for an archive that is damaged, encrypted or
 * unsafe; `pause` is awaited between entries with the packed bytes that were read.
 */
export async function* unzip(
  name: string,
  file: Blob,
  {
    wanted,
    spill,
    pause,
  }: { wanted(path: string): boolean; spill: Spill; pause(bytes: number): Promise<void> },
): AsyncGenerator<Unzipped> {
  const { BlobReader, ZipReader, configure } = await import("@zip.js/zip.js/lib/zip-core-custom.js");
  // The import runs in a worker already.
  configure({ useWebWorkers: false });
  const archive = new ZipReader(new BlobReader(file), { checkSignature: true });
  const entries: FileEntry[] = [];
  try {
    for await (const entry of archive.getEntriesGenerator()) {
      if (entries.length === MAX_ENTRIES)
        throw new RangeError(`more than ${MAX_ENTRIES.toLocaleString("en")} entries`);
      if (!entry.directory && wanted(entry.filename)) entries.push(entry);
    }
  } catch (cause) {
    throw refusal(name, cause);
  }
  entries.sort((a, b) => (a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0));
  for (const entry of entries) {
    const path = entry.filename;
    if (entry.encrypted) throw refusal(name, new Error("File contains encrypted entry"), path);
    await pause(entry.compressedSize);
    try {
      await entry.getData(
        new WritableStream<Uint8Array>({
          write: (bytes) => {
            spill.push(bytes);
          },
        }),
      );
    } catch (cause) {
      throw cause instanceof LabError ? cause : refusal(name, cause, path);
    }
    yield { name: path, file: spill.take() };
  }
}

/** Messages of zip.js as refusals. */
const REASONS: readonly [pattern: RegExp, what: (name: string) => string, hint?: string][] = [
  [/encrypted/i, (name) => `${name} is encrypted`, "unpack it with its password and bring the files"],
  [/unsafe filename/i, (name) => `${name} holds a path that leads out of its folder`],
  [/overlapping/i, (name) => `${name} holds entries that lie in each other, as a zip bomb does`],
  [/not recognized|central directory|out of bounds/i, (name) => `${name} is damaged or not a zip archive`],
];

function refusal(name: string, cause: unknown, path?: string): LabError {
  const message = messageOf(cause);
  const found = REASONS.find(([pattern]) => pattern.test(message));
  return new LabError("corpus", {
    what: found?.[1](name) ?? `${name} cannot be unpacked`,
    got: path === undefined ? message : `"${path}": ${message}`,
    ...(found?.[2] !== undefined && { hint: found[2] }),
    cause,
  });
}
