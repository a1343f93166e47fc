import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { writeCorpus } from "../../../scripts/corpus/write.ts";
import { describeEmbedded, loadEmbedded } from "./embedded.ts";
import { parseManifest, type CorpusManifest } from "./manifest.ts";
import type { CorpusProgress } from "./progress.ts";

// A small corpus written by the code of scripts/corpus.ts, served by a fetch that reads its folder.
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (i: number): string =>
  `const value${i % 97} = compute(${i * 7919}, "name ${i}"); // über ${i}\n`;
const part = (from: number, to: number): Uint8Array =>
  utf8(Array.from({ length: to - from }, (_, i) => line(from + i)).join(""));
const text = { train: part(0, 60_000), validation: part(60_000, 62_000), test: part(62_000, 64_000) };

// toEqual on arrays of a million takes seconds
const same = (a: Uint16Array, b: Uint16Array): boolean =>
  a.length === b.length && a.every((t, i) => t === b[i]);

let folder = "";
let manifest: CorpusManifest;
let fetched: string[] = [];
let damage: ((name: string, bytes: Uint8Array) => void) | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "corpus-"));
  manifest = await writeCorpus(
    folder,
    { text, packages: [], leftOut: new Map() },
    { packages: "p", code: "c" },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllGlobals());

function serve(store: Map<string, Uint8Array> | null): void {
  vi.unstubAllGlobals();
  fetched = [];
  damage = null;
  vi.stubGlobal("fetch", (url: string) => {
    const name = url.slice(url.lastIndexOf("/") + 1);
    fetched.push(name);
    if (!readdirSync(folder).includes(name)) return Promise.resolve(new Response("", { status: 404 }));
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    damage?.(name, bytes);
    return Promise.resolve(new Response(bytes));
  });
  if (store === null) return;
  const cache = {
    match: (url: string) =>
      Promise.resolve(store.has(url) ? new Response(store.get(url)!.slice()) : undefined),
    put: async (url: string, response: Response) =>
      void store.set(url, new Uint8Array(await response.arrayBuffer())),
    delete: (key: string | { url: string }) =>
      Promise.resolve(store.delete(typeof key === "string" ? key : key.url)),
    keys: () => Promise.resolve([...store.keys()].map((url) => ({ url }))),
  };
  vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
}

const load = (options = {}): ReturnType<typeof loadEmbedded> =>
  loadEmbedded("http://lab.test/corpus", options);

test("gives the text back in the default vocabulary, held-out splits first, with progress to the end", async () => {
  serve(null);
  const order: string[] = [];
  let last: CorpusProgress | undefined;
  const corpus = await load({
    onSplit: (split: string) => order.push(split),
    onProgress: (p: CorpusProgress) => (last = p),
  });
  for (const split of ["train", "validation", "test"] as const) {
    expect(Buffer.from(corpus.tokenizer.decode(corpus[split])).equals(Buffer.from(text[split]))).toBe(true);
    expect(corpus[split].length).toBe(corpus.manifest.tokens[split]);
    expect(corpus[split].buffer.byteLength).toBe(corpus[split].byteLength);
  }
  expect(manifest.shards.filter(({ split }) => split === "train").length).toBeGreaterThan(1);
  expect(corpus.manifest.hash).toBe(manifest.hash);
  expect(order).toEqual(["validation", "test", "train"]);
  expect(last).toMatchObject({ stage: "fetching", done: last!.total });
});

test("encodes anew for another vocabulary: the same text, the same hash, the larger one in fewer tokens", async () => {
  serve(null);
  const [small, large] = [await load({ vocabSize: 256 }), await load({ vocabSize: 4096 })];
  expect(Buffer.from(small.train).equals(Buffer.from(text.train))).toBe(true);
  expect(Buffer.from(large.tokenizer.decode(large.test)).equals(Buffer.from(text.test))).toBe(true);
  expect(same(large.train, large.tokenizer.encode(text.train))).toBe(true);
  expect(large.manifest).toMatchObject({ hash: manifest.hash, vocabSize: 4096, shards: [] });
  expect(large.train.length).toBeLessThan(manifest.tokens.train);
});

test("the second visit asks only for the manifest, and works without a network", async () => {
  const store = new Map<string, Uint8Array>([
    ["http://lab.test/corpus/train-000-old.bin", new Uint8Array(4)],
  ]);
  serve(store);
  const first = await load();
  expect(store.has("http://lab.test/corpus/train-000-old.bin")).toBe(false);
  serve(store);
  expect(same((await load()).train, first.train)).toBe(true);
  expect(fetched).toEqual(["manifest.json"]);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  expect(same((await load()).train, first.train)).toBe(true);
});

test("describes the text by its manifest and its vocabulary alone", async () => {
  serve(null);
  const described = await describeEmbedded("http://lab.test/corpus", { vocabSize: 300 });
  expect(fetched).toEqual(["manifest.json", manifest.merges!.url]);
  const whole = await load({ vocabSize: 300 });
  expect(described.manifest).toMatchObject({ hash: whole.manifest.hash, vocabSize: 300 });
  expect(described.tokenizer.encode(text.test)).toEqual(whole.tokenizer.encode(text.test));
});

test("damage in the cache is repaired, damage on the server is an error that names the file", async () => {
  const store = new Map<string, Uint8Array>();
  serve(store);
  await load();
  const shard = manifest.shards[0].url;
  store.get(`http://lab.test/corpus/${shard}`)![5] ^= 1;
  serve(store);
  await load();
  expect(fetched).toEqual(["manifest.json", shard]);
  serve(null);
  damage = (name, bytes) => {
    if (name === shard) bytes[5] ^= 1;
  };
  await expect(load()).rejects.toThrow(new RegExp(`corpus file ${shard} is damaged`));
});

test("a missing corpus and a cancelled load say so", async () => {
  serve(null);
  const bare = mkdtempSync(join(tmpdir(), "empty-"));
  const full = folder;
  folder = bare;
  await expect(load()).rejects.toMatchObject({ code: "corpus" });
  folder = full;
  rmSync(bare, { recursive: true });
  const controller = new AbortController();
  controller.abort();
  await expect(load({ signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
});

test("a manifest is checked field by field", () => {
  const json = (): Record<string, unknown> => JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>;
  expect(parseManifest(json())).toEqual(manifest);
  expect(() => parseManifest({ ...json(), tokens: { train: 1 } })).toThrow(/tokens\.validation/);
  const shard = { ...manifest.shards[0], url: "../../secret" };
  expect(() => parseManifest({ ...json(), shards: [shard] })).toThrow(/plain file name/);
  expect(() => parseManifest([])).toThrow(/an object/);
});
