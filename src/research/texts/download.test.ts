// Downloads from a server of this machine that behaves as hosts do: with and without Range, changed files, broken
// connections, pages instead of files.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { textAddress, factsAddress, nameOf } from "./address.ts";
import { download } from "./download.ts";
import { KeptDownloads } from "./kept-downloads.ts";

const FILE = Buffer.from(Array.from({ length: 20 << 20 }, (_, i) => 97 + ((i * 7 + (i >> 9)) % 26)));

/** What the browser keeps, in memory; `room`: bytes that fit. */
const stored = new Map<string, Blob>();
let capacity = Infinity;
const urlOf = (request: RequestInfo | URL) => (request instanceof Request ? request.url : String(request));
const cache = {
  async put(url: string, response: Response) {
    const blob = await response.blob();
    const used = [...stored.values()].reduce((sum, { size }) => sum + size, 0);
    if (used + blob.size > capacity) throw new DOMException("Quota exceeded.", "QuotaExceededError");
    stored.set(url, blob);
  },
  match: (url: string) => {
    const found = stored.get(url);
    return Promise.resolve(found && new Response(found));
  },
  keys: () => Promise.resolve([...stored.keys()].map((url) => new Request(url))),
  delete: (request: RequestInfo) => Promise.resolve(stored.delete(urlOf(request))),
};

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;
let answer: Answer;
const asked: string[] = [];
const server = createServer((request, response) => {
  const range = request.headers.range ?? "";
  asked.push(range);
  answer(request, response, Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0));
});
let base = "";

beforeEach(async () => {
  stored.clear();
  capacity = Infinity;
  asked.length = 0;
  vi.stubGlobal("location", { origin: "http://localhost:4600" });
  vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** A host that can continue; `sends` bytes, then it breaks the connection. */
const ranged =
  ({ file = FILE, etag = '"one"', sends = Infinity } = {}): Answer =>
  (_, response, from) => {
    if (from >= file.length) {
      response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
      return;
    }
    response.writeHead(206, {
      etag,
      "content-length": file.length - from,
      "content-range": `bytes ${from}-${file.length - 1}/${file.length}`,
      "content-type": "text/plain",
    });
    const part = file.subarray(from, from + sends);
    if (from + part.length === file.length) response.end(part);
    else response.write(part, () => setTimeout(() => response.destroy(), 20));
  };

interface Case {
  readonly path?: string;
  readonly signal?: AbortSignal;
  readonly room?: number | null;
  readonly onProgress?: (done: number, total: number | null) => void;
}
async function fetched({ path = "/a.txt", signal, room = null, onProgress = () => undefined }: Case = {}) {
  const kept = await KeptDownloads.open();
  const known = await download(base + path, {
    kept,
    signal: signal ?? new AbortController().signal,
    room: () => Promise.resolve(room),
    wait: () => Promise.resolve(),
    now: () => 0,
    onProgress,
  });
  const { name, file, origin } = await kept.file(known);
  return { name, origin, bytes: Buffer.from(await file.arrayBuffer()) };
}
const refused = (given: Case = {}): Promise<string> =>
  fetched(given).then(
    () => "accepted",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
const keptBytes = async () =>
  (await (await KeptDownloads.open()).list()).map(({ bytes, done }) => [bytes, done]);

describe("a download", () => {
  test("is whole, reports its progress, and is not asked for again", async () => {
    answer = ranged();
    const told: number[] = [];
    const { name, bytes, origin } = await fetched({
      onProgress: (done, total) => {
        told.push(done);
        expect(total).toBe(FILE.length);
      },
    });
    expect(name).toBe("a.txt");
    expect(bytes.equals(FILE)).toBe(true);
    expect(origin).toEqual({ url: `${base}/a.txt`, licence: null });
    expect(told.at(-1)).toBe(FILE.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    await fetched();
    expect(asked).toEqual(["bytes=0-"]);
  });
  test("goes on where the connection broke, by itself", async () => {
    answer = ranged({ sends: 9_000_000 });
    expect((await fetched()).bytes.equals(FILE)).toBe(true);
    expect(asked[0]).toBe("bytes=0-");
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.every((range, i) => i === 0 || !range.endsWith("=0-"))).toBe(true);
  });
  test("that breaks again and again says so, keeps what came, and goes on at the next try", async () => {
    let sent = 0;
    answer = (request, response, from) => {
      if (sent++ === 0) ranged({ sends: 5_000_000 })(request, response, from);
      else response.destroy();
    };
    expect(await refused()).toMatch(/^corpus: 127\.0\.0\.1 cannot be reached/);
    const [[bytes, done]] = await keptBytes();
    expect(bytes).toBeGreaterThan(0);
    expect(done).toBe(false);
    answer = ranged();
    asked.length = 0;
    expect((await fetched()).bytes.equals(FILE)).toBe(true);
    expect(asked).toEqual([`bytes=${bytes}-`]);
  });
  test("can be cancelled, keeps what came, and goes on at the next try", async () => {
    answer = ranged();
    const control = new AbortController();
    const line = await refused({
      signal: control.signal,
      onProgress: (done) => {
        if (done > 10_000_000) control.abort();
      },
    });
    expect(line).toBe("cancelled: cancelled on request");
    const [[bytes]] = await keptBytes();
    expect(bytes).toBeGreaterThan(8_000_000);
    asked.length = 0;
    expect((await fetched()).bytes.equals(FILE)).toBe(true);
    expect(asked).toEqual([`bytes=${bytes}-`]);
  });
  test("begins anew where the host cannot continue", async () => {
    answer = ranged({ sends: 5_000_000 });
    const control = new AbortController();
    await refused({ signal: control.signal, onProgress: () => control.abort() });
    answer = (_, response) => response.writeHead(200, { "content-length": FILE.length }).end(FILE);
    expect((await fetched()).bytes.equals(FILE)).toBe(true);
    expect(await keptBytes()).toEqual([[FILE.length, true]]);
  });
  test.each<[string, { etag: string; file?: Buffer }]>([
    ["another ETag", { etag: '"two"' }],
    ["another size", { file: FILE.subarray(0, 6_000_000), etag: "" }],
  ])("begins anew where the file has %s by now", async (_, change) => {
    answer = ranged({ sends: 5_000_000, etag: change.etag === "" ? "" : '"one"' });
    const control = new AbortController();
    await refused({ signal: control.signal, onProgress: () => control.abort() });
    const other = Buffer.from(change.file ?? FILE).reverse();
    answer = ranged({ ...change, file: other });
    expect((await fetched()).bytes.equals(other)).toBe(true);
  });
  test("begins anew where the file is shorter than what is kept", async () => {
    answer = ranged();
    const control = new AbortController();
    await refused({
      signal: control.signal,
      onProgress: (done) => {
        if (done > 10_000_000) control.abort();
      },
    });
    const short = FILE.subarray(0, 300_000);
    answer = ranged({ file: short });
    expect((await fetched()).bytes.equals(short)).toBe(true);
  });
  test("of unknown size is read to its end", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write('{"text":"one"}\n');
      response.end('{"text":"two"}\n');
    };
    expect(await fetched({ path: "/stories" })).toMatchObject({
      name: "stories.jsonl",
      bytes: Buffer.from('{"text":"one"}\n{"text":"two"}\n'),
    });
  });
});

describe("refused in one line", () => {
  const status =
    (code: number, type = "text/plain"): Answer =>
    (_, response) =>
      response.writeHead(code, { "content-type": type }).end("no");
  test.each([
    ["a missing file", status(404), /^corpus: 127\.0\.0\.1 has no such file, got status 404$/],
    ["a gated file", status(403), /gives this file only to some, got status 403/],
    ["too many requests", status(429), /wants fewer requests/],
    ["a failing host", status(503), /does not send the file, got status 503 \(try again later\)/],
    ["a web page", status(200, "text/html; charset=utf-8"), /sends a web page, not a text, got text\/html/],
    ["an empty file", ranged({ file: Buffer.alloc(0) }), /^corpus: the file at .* is empty$/],
  ])("%s", async (_, given, line) => {
    answer = given;
    expect(await refused()).toMatch(line);
    expect(await keptBytes()).toEqual([]);
  });
  test("a file that is too long, by what the host says and by what it sends", async () => {
    answer = (_, response) => response.writeHead(200, { "content-length": 600 << 20 }).flushHeaders();
    expect(await refused({ path: "/big.txt" })).toMatch(
      /^corpus: big\.txt is too long, got 600 MiB, expected at most 512 MiB/,
    );
    expect(await keptBytes()).toEqual([]);
  });
  test("a file for which there is no room, before it is fetched and while it arrives", async () => {
    answer = ranged();
    expect(await refused({ room: 5 << 20 })).toMatch(
      /^full: the browser has no room for a\.txt, got 5 MiB, expected 20 MiB/,
    );
    capacity = 10 << 20;
    expect(await refused()).toMatch(/^full: the browser has no room for a\.txt, got QuotaExceededError/);
    const [[bytes, done]] = await keptBytes();
    expect(bytes).toBeGreaterThanOrEqual(8 << 20);
    expect(done).toBe(false);
    capacity = Infinity;
    expect((await fetched()).bytes.equals(FILE)).toBe(true);
  });
  test("a host that is not there", async () => {
    answer = (_, response) => response.destroy();
    expect(await refused()).toMatch(/^corpus: 127\.0\.0\.1 cannot be reached \(is the address right\?\)/);
  });
  test("a download of which the browser deleted a part", async () => {
    answer = ranged();
    const kept = await KeptDownloads.open();
    await fetched();
    const [known] = await kept.list();
    stored.delete([...stored.keys()].find((url) => url.endsWith("/1")) ?? "");
    await expect(kept.file(known)).rejects.toThrow(/the browser deleted a part of a\.txt/);
    expect(await kept.list()).toEqual([]);
    expect((await fetched()).bytes.equals(FILE)).toBe(true);
  });
});

test("a forgotten download leaves nothing behind, and no other", async () => {
  answer = ranged({ file: FILE.subarray(0, 1000) });
  await fetched({ path: "/a.txt" });
  await fetched({ path: "/a.txt2" });
  const kept = await KeptDownloads.open();
  await kept.forget(`${base}/a.txt`);
  expect((await kept.list()).map(({ name }) => name)).toEqual(["a.txt2"]);
  expect([...stored.keys()].every((url) => url.includes("a.txt2"))).toBe(true);
});

describe("addresses", () => {
  test("lead to the file behind a page that shows it", () => {
    expect(textAddress(" https://huggingface.co/datasets/a/b/blob/main/c.parquet#x ")).toBe(
      "https://huggingface.co/datasets/a/b/resolve/main/c.parquet",
    );
    expect(textAddress("https://github.com/o/r/blob/main/docs/a.md")).toBe(
      "https://raw.githubusercontent.com/o/r/main/docs/a.md",
    );
    expect(textAddress("http://localhost:8000/a.txt")).toBe("http://localhost:8000/a.txt");
  });
  test.each([
    "",
    "book.txt",
    "http://example.org/a.txt",
    "file:///a.txt",
    "data:text/plain,a",
    "https://me:pass@a.org/x",
  ])("%j is none", (typed) => {
    expect(() => textAddress(typed)).toThrow(/^this is no address of a text, got .*, expected https/);
  });
  test("name the file, by its bytes where the path does not", () => {
    const name = (path: string, head: number[] = [], type = "") =>
      nameOf(`https://a.org${path}`, Uint8Array.from(head), type);
    expect(name("/x/My%20book.txt?download=true")).toBe("My book.txt");
    expect(name("/x/archive", [0x50, 0x4b, 3, 4])).toBe("archive.zip");
    expect(name("/x/book.txt", [0x1f, 0x8b])).toBe("book.txt.gz");
    expect(name("/x/t.parquet", [0x50, 0x41, 0x52, 0x31])).toBe("t.parquet");
    expect(name("/")).toBe("a.org");
    expect(name("/%ff%fe")).toBe("%ff%fe.txt");
    expect(name("/a%2Fb.md")).toBe("a_b.md");
  });
  test("of a data set on Hugging Face lead to its facts", () => {
    expect(factsAddress("https://huggingface.co/datasets/a/b-c/resolve/main/x.txt")).toBe(
      "https://huggingface.co/api/datasets/a/b-c",
    );
    expect(factsAddress("https://example.org/datasets/a/b/x")).toBeNull();
  });
});
