// Texts of the user's own that studies began on, in the browser's cache storage under their hash: made for large
// bodies, and a study whose text was evicted asks for the file again.
import { LabError } from "../../error.ts";

const CACHE = "overnight-texts";
const NAME = "x-name";

// Absolute: the lab's worker starts from a blob, against whose address nothing can be resolved.
const address = (hash: string) => `${location.origin}/kept-texts/${encodeURIComponent(hash)}`;

/** Throws LabError `storage` when the browser has no room for it. */
export async function keepText(hash: string, name: string, file: Blob): Promise<void> {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(address(hash), new Response(file, { headers: { [NAME]: encodeURIComponent(name) } }));
  } catch (cause) {
    throw new LabError("storage", {
      what: `the text ${name} could not be kept in the browser`,
      got: String(cause),
      cause,
    });
  }
}

export async function keptText(hash: string): Promise<{ name: string; file: Blob } | null> {
  const cache = await caches.open(CACHE);
  const found = await cache.match(address(hash));
  if (!found) return null;
  return { name: decodeURIComponent(found.headers.get(NAME) ?? "text"), file: await found.blob() };
}
