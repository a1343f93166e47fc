// Downloads in the browser's cache storage: the parts that have arrived, and what is known of the whole. A part is stored as
// soon as it is complete, so that a closed tab loses at most one.
import { LabError } from "../../error.ts";
import type { TextFile } from "../../prepare/index.ts";

export const DOWNLOAD_CACHE = "overnight-downloads";

/** What is known of a download. */
export interface Known {
  readonly url: string;
  readonly name: string;
  /** Bytes that have arrived, and of the whole file; null: its host does not say. */
  readonly bytes: number;
  readonly total: number | null;
  readonly parts: number;
  readonly done: boolean;
  /** Headers that change with the file; null: the host sends or shows none. */
  readonly etag: string | null;
  readonly modified: string | null;
  readonly licence: string | null;
  readonly at: number;
}

const base = () => `${location.origin}/downloads/`;
const folder = (url: string) => `${base()}${encodeURIComponent(url)}/`;
const FACTS = "known.json";

export class KeptDownloads {
  readonly #cache: Cache;

  private constructor(cache: Cache) {
    this.#cache = cache;
  }

  static async open(): Promise<KeptDownloads> {
    return new KeptDownloads(await caches.open(DOWNLOAD_CACHE));
  }

  /** All downloads, whole and begun, the newest first. */
  async list(): Promise<readonly Known[]> {
    const found: Known[] = [];
    for (const { url } of await this.#cache.keys()) {
      if (!url.startsWith(base()) || !url.endsWith(`/${FACTS}`)) continue;
      const facts = await this.#cache.match(url);
      if (facts) found.push((await facts.json()) as Known);
    }
    return found.sort((a, b) => b.at - a.at);
  }

  async find(url: string): Promise<Known | null> {
    const facts = await this.#cache.match(folder(url) + FACTS);
    return facts ? ((await facts.json()) as Known) : null;
  }

  /** Stores one more part, and what is known after it. Throws LabError "full" where the browser has no room. */
  async add(known: Known, part: Blob | null): Promise<void> {
    try {
      if (part !== null) await this.#cache.put(`${folder(known.url)}${known.parts - 1}`, new Response(part));
      await this.#cache.put(folder(known.url) + FACTS, new Response(JSON.stringify(known)));
    } catch (cause) {
      throw new LabError("full", {
        what: `the browser has no room for ${known.name}`,
        got: String(cause),
        hint: "remove a download you do not need and fetch it again: it goes on where it stopped",
        cause,
      });
    }
  }

  /** The file of a whole download. Throws LabError "corpus" where the browser deleted a part of it. */
  async file({ url, name, parts, bytes, licence }: Known): Promise<TextFile> {
    const found = await Promise.all(
      Array.from({ length: parts }, (_, i) => this.#cache.match(`${folder(url)}${i}`)),
    );
    const blobs = await Promise.all(found.map((part) => part?.blob() ?? new Blob()));
    const file = new Blob(blobs);
    if (file.size === bytes) return { name, file, origin: { url, licence } };
    await this.forget(url);
    throw new LabError("corpus", {
      what: `the browser deleted a part of ${name}`,
      got: `${file.size} bytes`,
      expected: String(bytes),
      hint: "fetch it again",
    });
  }

  /** Deletes a download, whole or begun. */
  async forget(url: string): Promise<void> {
    // What is known first: parts without it are no download any more.
    await this.#cache.delete(folder(url) + FACTS);
    for (const request of await this.#cache.keys())
      if (request.url.startsWith(folder(url))) await this.#cache.delete(request);
  }
}
