// Files as people have them, made here: gzip, zip, Parquet and folders, whole, damaged and hostile.
import { parquetWriteBuffer } from "hyparquet-writer";
import { gzipSync } from "node:zlib";
import { BlobWriter, TextReader, ZipWriter, configure } from "@zip.js/zip.js/lib/zip-core-custom.js";
import { describe, expect, test } from "vitest";
import type { TextFile } from "../corpus/text-source.ts";
import { seededRandom } from "../training/random.ts";
import { importFiles } from "./import-files.ts";
import { unpack } from "./unpack.ts";

configure({ useWebWorkers: false });

const file = (name: string, content: BlobPart | BlobPart[]): TextFile => ({
  name,
  file: new Blob(Array.isArray(content) ? content : [content]),
});
const gz = (text: string | Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(gzipSync(text));

type Entry = readonly [path: string, text: string, options?: { level?: number; password?: string }];
async function zip(...entries: Entry[]): Promise<Blob> {
  const writer = new ZipWriter(new BlobWriter());
  for (const [path, text, options] of entries) await writer.add(path, new TextReader(text), options ?? {});
  return writer.close();
}
/** A zip whose one path is replaced by another of the same length. */
async function zipWithPath(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const plain = "x".repeat(path.length - 4) + ".txt";
  const bytes = new Uint8Array(await (await zip([plain, "evil"])).arrayBuffer());
  const [from, to] = [plain, path].map((name) => Buffer.from(name, "latin1"));
  const whole = Buffer.from(bytes);
  for (let at = whole.indexOf(from); at >= 0; at = whole.indexOf(from, at + 1)) whole.set(to, at);
  return Uint8Array.from(whole);
}

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];
const parquet = (columnData: Columns, rowGroupSize = 1000) =>
  parquetWriteBuffer({ columnData, rowGroupSize });

async function texts(...files: TextFile[]) {
  const { texts, leftOut } = await unpack(files);
  const read = await Promise.all(texts.map(async ({ name, file }) => [name, await file.text()]));
  return { texts: read, leftOut };
}
const refused = (files: TextFile[], limit?: number): Promise<string> =>
  unpack(files, {}, limit).then(
    () => "accepted",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

describe("gzip", () => {
  test("holds the file of its name without the end", async () => {
    expect(await texts(file("book.txt.gz", gz("one — two")))).toEqual({
      texts: [["book.txt", "one — two"]],
      leftOut: [],
    });
    expect((await texts(file("Talk.JSONL.GZ", gz("{}")))).texts).toEqual([["Talk.JSONL", "{}"]]);
    expect((await texts(file("book.gz", gz("one")))).texts).toEqual([["book.txt", "one"]]);
  });
  test("of several members is read to its end, zeros behind it are none", async () => {
    const members = [gz("one "), gz("two "), gz(""), gz("three")];
    expect((await texts(file("a.txt.gz", members))).texts).toEqual([["a.txt", "one two three"]]);
    expect((await texts(file("a.txt.gz", [...members, new Uint8Array(700)]))).texts).toEqual([
      ["a.txt", "one two three"],
    ]);
  });
  test("of several megabytes is whole", async () => {
    const noise = Buffer.from(Array.from({ length: 3 << 20 }, (_, i) => 97 + ((i * i) % 23)));
    const [[, text]] = (await texts(file("a.txt.gz", [gz(noise), gz(noise)]))).texts;
    expect(text.length).toBe(2 * noise.length);
    expect(text.endsWith(noise.subarray(-1000).toString())).toBe(true);
  });
  const whole = gz("the night model learns to read ".repeat(500));
  test.each([1, 9, 30, whole.length - 9, whole.length - 4, whole.length - 1])(
    "that is cut off after %d bytes ends too early",
    async (length) => {
      expect(await refused([file("a.txt.gz", whole.slice(0, length))])).toMatch(
        /^corpus: a\.txt\.gz ends too early, got [\d,]+ bytes, expected a whole gzip file/,
      );
    },
  );
  test("with another checksum, or that is none, is damaged", async () => {
    const wrong = whole.slice();
    wrong[wrong.length - 6] ^= 1;
    expect(await refused([file("a.txt.gz", wrong)])).toMatch(/^corpus: a\.txt\.gz is damaged or not gzip/);
    expect(await refused([file("a.txt.gz", "plain text")])).toMatch(/is damaged or not gzip/);
    expect(await refused([file("a.txt.gz", [whole, "junk behind it"])])).toMatch(/is damaged behind part 1/);
  });
  test("that unpacks to more than the limit is stopped there", async () => {
    const bomb = gz(new Uint8Array(64 << 20)); // 65 kB
    expect(bomb.length).toBeLessThan(100_000);
    expect(await refused([file("a.txt.gz", bomb)], 1 << 20)).toMatch(
      /^corpus: a\.txt\.gz is too long, got more unpacked text, expected at most 1 MiB/,
    );
  });
  test("of a tar archive is named", async () => {
    for (const name of ["a.tar.gz", "a.tgz"])
      expect(await refused([file(name, whole)])).toMatch(/cannot be read as a text.*unpack it/);
  });
});

describe("zip", () => {
  test("gives its texts by path, packed and stored, and leaves out what is none", async () => {
    const archive = await zip(
      ["b/two.md", "two".repeat(1000)],
      ["a.txt", "one", { level: 0 }],
      ["b/", ""],
      ["picture.png", "x"],
      ["__MACOSX/._a.txt", "x"],
      ["b/.DS_Store", "x"],
      ["empty.txt", ""],
    );
    expect(await texts(file("all.zip", archive))).toEqual({
      texts: [
        ["all.zip/a.txt", "one"],
        ["all.zip/b/two.md", "two".repeat(1000)],
      ],
      leftOut: ["all.zip/picture.png"],
    });
  });
  test("may hold gzip, Parquet and another zip, but none below that", async () => {
    const writer = new ZipWriter(new BlobWriter());
    const add = async (path: string, content: BlobPart) => writer.add(path, new Blob([content]).stream());
    await add("a.txt.gz", gz("one"));
    await add("b.parquet", parquet([{ name: "text", data: ["two"], type: "STRING" }]));
    const inner = new ZipWriter(new BlobWriter());
    await inner.add("d.txt", new TextReader("three"));
    await inner.add("e.zip", (await zip(["f.txt", "four"])).stream());
    await add("c.zip", await inner.close());
    expect(await texts(file("all.zip", await writer.close()))).toEqual({
      texts: [
        ["all.zip/a.txt", "one"],
        ["all.zip/b.parquet.jsonl", '"two"\n'],
        ["all.zip/c.zip/d.txt", "three"],
      ],
      leftOut: ["all.zip/c.zip/e.zip"],
    });
  });
  test.each(["../../evil.txt", "/etc/evil.txt", "a/../../e.txt"])(
    "with the path %s is refused",
    async (path) => {
      expect(await refused([file("a.zip", await zipWithPath(path))])).toMatch(
        /^corpus: a\.zip holds a path that leads out of its folder/,
      );
    },
  );
  test("that is encrypted is called that", async () => {
    const archive = await zip(["a.txt", "secret", { password: "night" }]);
    expect(await refused([file("a.zip", archive)])).toMatch(/^corpus: a\.zip is encrypted, got "a\.txt"/);
  });
  test("that is damaged or cut off is called that, and nothing of it is taken", async () => {
    const bytes = new Uint8Array(await (await zip(["a.txt", "one ".repeat(400)])).arrayBuffer());
    for (const length of [0, 10, bytes.length - 10].filter(Boolean))
      expect(await refused([file("a.zip", bytes.slice(0, length))])).toMatch(
        /^corpus: a\.zip is damaged or not a zip archive/,
      );
    const flipped = bytes.slice();
    flipped[50] ^= 0x55;
    expect(await refused([file("a.zip", flipped)])).toMatch(
      /^corpus: a\.zip cannot be unpacked, got "a\.txt"/,
    );
  });
  test("that unpacks to more than the limit is stopped there, whatever its directory says", async () => {
    const archive = await zip(["a.txt", "x".repeat(8 << 20)], ["b.txt", "x".repeat(8 << 20)]);
    expect(archive.size).toBeLessThan(50_000);
    expect(await refused([file("a.zip", archive)], 10 << 20)).toMatch(/^corpus: a\.zip is too long/);
  });
  test("without a text says what it holds", async () => {
    expect(await refused([file("a.zip", await zip(["p.png", "x"], ["q.pdf", "y"]))])).toMatch(
      /^corpus: there is no text in it, got a\.zip\/p\.png, a\.zip\/q\.pdf, expected a text/,
    );
  });
});

describe("Parquet", () => {
  test("gives the column text, over its row groups, null for a missing one", async () => {
    const data = Array.from({ length: 2500 }, (_, i) => (i === 7 ? null : `story ${i} — "night"\n`));
    const [[name, lines]] = (
      await texts(
        file(
          "train.parquet",
          parquet([
            { name: "id", data: data.map((_, i) => i), type: "INT32" },
            { name: "text", data, type: "STRING", nullable: true },
            { name: "url", data: data.map((_, i) => `https://a/${i}`), type: "STRING" },
          ]),
        ),
      )
    ).texts;
    expect(name).toBe("train.parquet.jsonl");
    expect(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(data);
  });
  test("gives content, or the only column of strings", async () => {
    const of = async (columns: Columns) => (await texts(file("a.parquet", parquet(columns)))).texts[0][1];
    const other = { name: "url", data: ["u"], type: "STRING" as const };
    expect(await of([other, { name: "content", data: ["one"], type: "STRING" }])).toBe('"one"\n');
    expect(await of([{ name: "story", data: ["two"], type: "STRING" }])).toBe('"two"\n');
    expect(
      await of([
        { name: "n", data: [1], type: "INT32" },
        { name: "story", data: ["two"], type: "STRING" },
      ]),
    ).toBe('"two"\n');
  });
  test("without a text column names its columns", async () => {
    const bytes = parquet([
      { name: "title", data: ["a"], type: "STRING" },
      { name: "body", data: ["b"], type: "STRING" },
      { name: "n", data: [1], type: "INT32" },
    ]);
    expect(await refused([file("a.parquet", bytes)])).toMatch(
      /^corpus: a\.parquet has no text column, got title \(UTF8\), body \(UTF8\), n \(INT32\), expected a column of strings/,
    );
  });
  test("that is damaged, cut off or none is called that", async () => {
    const bytes = new Uint8Array(parquet([{ name: "text", data: ["night".repeat(500)], type: "STRING" }]));
    for (const wrong of [
      new TextEncoder().encode("plain"),
      bytes.slice(0, -20),
      bytes.slice(60),
      new Uint8Array(12),
    ])
      expect(await refused([file("a.parquet", wrong)])).toMatch(
        /^corpus: a\.parquet is damaged or not a Parquet file/,
      );
  });
  test("that unpacks to more than the limit is stopped there", async () => {
    const bytes = parquet([
      { name: "text", data: Array.from({ length: 4000 }, () => "x".repeat(1000)), type: "STRING" },
    ]);
    expect(await refused([file("a.parquet", bytes)], 1 << 20)).toMatch(/^corpus: a\.parquet is too long/);
  });
});

describe("folders and single files", () => {
  test("a folder gives its texts, and leaves out what is hidden or no text", async () => {
    const found = await texts(
      file("notes/a.txt", "one"),
      file("notes/sub/b.py", "two"),
      file("notes/.git/config.txt", "x"),
      file("notes/scan.pdf", "x"),
      file("notes/README", "x"),
      file("notes/empty.md", ""),
    );
    expect(found.texts).toEqual([
      ["notes/a.txt", "one"],
      ["notes/sub/b.py", "two"],
    ]);
    expect(found.leftOut).toEqual(["notes/scan.pdf", "notes/README"]);
  });
  test.each([
    ["scan.pdf", /scan\.pdf cannot be read as a text, expected a text .*save it as plain text/],
    ["all.7z", /all\.7z cannot be read as a text.*unpack it/],
    ["all.tar.xz", /all\.tar\.xz cannot be read as a text.*unpack it/],
  ])("%s alone is refused", async (name, line) => {
    expect(await refused([file("a.txt", "one"), file(name, "x")])).toMatch(line);
  });
  test("a file alone may have any other name", async () => {
    const names = ["README", "notes.2026", ".txt", "data.json"];
    expect((await texts(...names.map((name) => file(name, "one")))).texts.map(([name]) => name)).toEqual(
      names,
    );
  });
  test("more files than a study can name are refused", async () => {
    const one = file("notes/a.txt", "one");
    expect(await refused(Array.from({ length: 10_001 }, () => one))).toBe(
      "corpus: too many files at once, got 10,001, expected at most 10,000 (put them into a zip)",
    );
  });
  test("an empty file alone is refused", async () => {
    expect(await refused([file("a.txt", "")])).toBe("corpus: a.txt is empty");
  });
});

describe("importing", () => {
  const WORDS = "the a of night model learns to read über quietly and then it rests — slowly".split(" ");
  const random = seededRandom(7);
  const word = () => WORDS[random.below(WORDS.length)];
  const prose = Array.from({ length: 40_000 }, (_, i) => word() + (i % 9 === 8 ? ".\n" : " ")).join("");
  const manifestOf = async (...files: TextFile[]) => (await importFiles(files, { vocabSize: 256 })).manifest;

  test("a text has the same hash plain, as gzip and in UTF-16", async () => {
    const plain = await manifestOf(file("a.txt", prose));
    expect(plain).toMatchObject({ name: "a.txt" });
    expect(await manifestOf(file("a.txt.gz", gz(prose)))).toMatchObject({
      hash: plain.hash,
      name: "a.txt.gz",
    });
    const units = Uint16Array.from(prose, (letter) => letter.charCodeAt(0));
    expect((await manifestOf(file("b.txt", units))).hash).toBe(plain.hash);
  });
  test("Parquet has the hash of the same JSON lines", async () => {
    const documents = prose.match(/[^]{1,2000}/g) ?? [];
    const lines = documents.map((text) => JSON.stringify({ text })).join("\n");
    const table = parquet([{ name: "text", data: documents, type: "STRING" }]);
    const [a, b] = [await manifestOf(file("a.jsonl", lines)), await manifestOf(file("a.parquet", table))];
    expect(b.hash).toBe(a.hash);
  });
  test("folders and archives are named as a whole, with the number of their texts", async () => {
    const half = prose.length / 2;
    const archive = await zip(["a.txt", prose.slice(0, half)], ["b.txt", prose.slice(half)], ["c.png", "x"]);
    expect(
      await manifestOf(file("all.zip", archive), file("notes/d.md", prose), file("notes/e.md", prose)),
    ).toMatchObject({
      name: "all.zip and notes/",
      files: ["all.zip", "notes/"],
      texts: 4,
      leftOut: ["all.zip/c.png"],
    });
  });
  test("a text that repeats itself has a share of its validation text in its training text", async () => {
    expect((await manifestOf(file("a.txt", prose))).repeated).toBeUndefined();
    const twice = await manifestOf(file("a.txt", prose), file("b.txt", prose));
    expect(twice.repeated).toBeGreaterThan(0.95);
    const mixed = await manifestOf(file("a.txt", prose + prose.slice(0, 4000)));
    expect(mixed.repeated ?? 0).toBeLessThan(0.6);
  });
  test("the address and licence of a downloaded file are kept with the text", async () => {
    const origin = { url: "https://example.org/a.txt", licence: "CC0-1.0" };
    expect((await manifestOf({ ...file("a.txt", prose), origin })).origins).toEqual([origin]);
  });
});
