// The user's own texts that studies began on, in the browser's cache storage under their hash. Cache storage is made
// for large bodies; a study whose text was evicted asks for the file again.
import { LabError } from "../../error.ts";
import type { TextFile, TextOrigin } from "../../prepare/index.ts";

export const TEXT_CACHE = "overnight-texts";
/** Header of a text in one file: its name. */
const NAME = "x-name";
/** Header of a text in several files or of a downloaded one: name, bytes and origin of each, as JSON; the body is the joined files. */
const FILES = "x-files";

// Absolute: the lab's worker starts from a blob, whose address is no base for relative ones.
const address = (hash: string) => `${location.origin}/kept-texts/${encodeURIComponent(hash)}`;

/** Throws LabError `storage` when the browser has no room for it. */
export async function keepText(hash: string, files: readonly TextFile[]): Promise<void> {
  const parts = files.map(({ name, file, origin }): Part =>
    origin === undefined ? [name, file.size] : [name, file.size, origin],
  );
  const headers: Record<string, string> =
    parts.length === 1 && parts[0].length === 2
      ? { [NAME]: encodeURIComponent(parts[0][0]) }
      : { [FILES]: encodeURIComponent(JSON.stringify(parts)) };
  try {
    const cache = await caches.open(TEXT_CACHE);
    await cache.put(address(hash), new Response(new Blob(files.map(({ file }) => file)), { headers }));
  } catch (cause) {
    throw new LabError("storage", {
      what: `the text ${files.map(({ name }) => name).join(", ")} could not be kept in the browser`,
      got: String(cause),
      cause,
    });
  }
}

export async function keptText(hash: string): Promise<readonly TextFile[] | null> {
  const cache = await caches.open(TEXT_CACHE);
  const found = await cache.match(address(hash));
  if (!found) return null;
  const body = await found.blob();
  const files = found.headers.get(FILES);
  if (files === null) return [{ name: decodeURIComponent(found.headers.get(NAME) ?? "text"), file: body }];
  let at = 0;
  return (JSON.parse(decodeURIComponent(files)) as Part[]).map(([name, size, origin]) => {
    const file = body.slice(at, at + size);
    at += size;
    return { name, file, ...(origin && { origin }) };
  });
}

type Part = readonly [name: string, bytes: number, origin?: TextOrigin];
