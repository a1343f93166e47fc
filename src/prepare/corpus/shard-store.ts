// Reads files of the embedded corpus: from the Cache API if they are there and complete, else from the network. Checks
// the SHA-256 of every file before use.
import { LabError } from "../../error.ts";
import { sha256 } from "../../digest.ts";
import { throwIfCancelled } from "./progress.ts";

export const CORPUS_CACHE = "overnight-corpus";

/** Opens the store; without a Cache API (Node, an opaque origin) every file comes from the network. */
export async function openShardStore(baseUrl: string, signal?: AbortSignal): Promise<ShardStore> {
  const base = new URL(baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`, globalThis.location?.href);
  return new ShardStore(base, typeof caches === "undefined" ? null : await caches.open(CORPUS_CACHE), signal);
}

export class ShardStore {
  private readonly base: URL;
  private readonly cache: Cache | null;
  private readonly signal: AbortSignal | undefined;
  /** The writes to the cache; the next file is read meanwhile. */
  private readonly writes: Promise<void>[] = [];

  constructor(base: URL, cache: Cache | null, signal?: AbortSignal) {
    this.base = base;
    this.cache = cache;
    this.signal = signal;
  }

  /** The file with this hash. Throws LabError "corpus" if no complete copy can be read. */
  async file(name: string, hash: string): Promise<Uint8Array> {
    const url = new URL(name, this.base).href;
    const cached = await this.cache?.match(url);
    if (cached) {
      const bytes = new Uint8Array(await cached.arrayBuffer());
      if ((await sha256(bytes)) === hash) return bytes;
      await this.cache?.delete(url);
    }
    // The browser's HTTP cache may hold a file of an earlier build under the same name: the second try bypasses it.
    for (const mode of ["default", "reload"] as const) {
      const bytes = await this.download(url, mode);
      if ((await sha256(bytes)) !== hash) continue;
      this.keep(url, bytes);
      return bytes;
    }
    throw new LabError("corpus", {
      what: `corpus file ${name} is damaged`,
      got: "another SHA-256",
      expected: hash,
      hint: "build the corpus again with `npx tsx scripts/corpus.ts`",
    });
  }

  /** The parsed JSON of a file that changes with every build: from the network, or without one from the cache. */
  async json(name: string): Promise<unknown> {
    const url = new URL(name, this.base).href;
    let bytes: Uint8Array;
    try {
      bytes = await this.download(url, "no-cache");
      this.keep(url, bytes);
    } catch (error) {
      const cached = await this.cache?.match(url);
      if (!cached || this.signal?.aborted) throw error;
      bytes = new Uint8Array(await cached.arrayBuffer());
    }
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
    } catch (cause) {
      throw new LabError("corpus", {
        what: `corpus file ${name} is not JSON`,
        got: String(cause),
        hint: "build the corpus with `npx tsx scripts/corpus.ts`",
        cause,
      });
    }
  }

  /** Resolves when every file that was read is in the cache. */
  async written(): Promise<void> {
    await Promise.all(this.writes.splice(0));
  }

  /** Drops cached files of earlier builds. */
  async keepOnly(names: readonly string[]): Promise<void> {
    if (!this.cache) return;
    const wanted = new Set(names.map((name) => new URL(name, this.base).href));
    for (const request of await this.cache.keys()) {
      if (request.url.startsWith(this.base.href) && !wanted.has(request.url))
        await this.cache.delete(request);
    }
  }

  private keep(url: string, bytes: Uint8Array): void {
    const written = this.cache?.put(url, new Response(bytes.slice())).catch((error: unknown) => {
      // If the disk is full, the next visit downloads the file again.
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
    });
    if (!written) return;
    written.catch(() => undefined); // `written` throws it
    this.writes.push(written);
  }

  private async download(url: string, cache: RequestCache): Promise<Uint8Array> {
    throwIfCancelled(this.signal);
    let problem: string;
    let cause: unknown;
    try {
      const response = await fetch(url, { cache, ...(this.signal && { signal: this.signal }) });
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      problem = `HTTP status ${response.status}`;
    } catch (error) {
      throwIfCancelled(this.signal);
      problem = String(error);
      cause = error;
    }
    throw new LabError("corpus", {
      what: `cannot fetch ${url}`,
      got: problem,
      hint: "is the page's server still running, and was the corpus built?",
      cause,
    });
  }
}
