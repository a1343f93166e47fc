// Typical files of users: the text read from each, or the message of its refusal.
import { describe, expect, test } from "vitest";
import { readText, type TextFile } from "./text-source.ts";

const SLICE = 4 << 20; // bytes read at once
const SENTENCE = "the night model learns to read quietly and then it rests, slowly, again. ";

const fileOf = (content: BlobPart | BlobPart[], name = "a.txt"): TextFile => ({
  name,
  file: new Blob(Array.isArray(content) ? content : [content]),
});

/** The text of the files, the ends of its documents, and the number of lines without text. */
async function read(...files: TextFile[]) {
  const parts: Uint8Array[] = [];
  const ends: number[] = [];
  let skipped = 0;
  let at = 0;
  for await (const chunk of readText(files)) {
    parts.push(chunk.bytes);
    for (const end of chunk.ends) ends.push(at + end);
    at += chunk.bytes.length;
    skipped = chunk.skipped;
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return { text: decoder.decode(Buffer.concat(parts)), ends, skipped };
}

const refused = (...files: TextFile[]): Promise<string> =>
  read(...files).then(
    () => "accepted",
    (error: Error) => error.message,
  );

const bytesOf = (text: string, units: (code: number) => number[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...text].flatMap((letter) => units(letter.codePointAt(0) ?? 0)));
/** The two halves of a character beyond 16 bits, or the one unit of another. */
const unitsOf = (c: number): number[] =>
  c < 0x10000 ? [c] : [0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff)];
const UTF_16: Record<string, (code: number) => number[]> = {
  "UTF-16, little endian": (c) => unitsOf(c).flatMap((unit) => [unit & 255, unit >> 8]),
  "UTF-16, big endian": (c) => unitsOf(c).flatMap((unit) => [unit >> 8, unit & 255]),
};
const UTF_32: Record<string, (code: number) => number[]> = {
  "UTF-32, little endian": (c) => [c & 255, (c >> 8) & 255, c >> 16, 0],
  "UTF-32, big endian": (c) => [0, c >> 16, (c >> 8) & 255, c & 255],
};

describe("byte order marks", () => {
  test("are removed at the start, between joined files and inside a document", async () => {
    expect((await read(fileOf("\ufeffone \ufefftwo\ufeff"))).text).toBe("one two");
    const lines = '\ufeff{"text":"one"}\n\ufeff{"text":"t\ufeffw\\ufeffo"}';
    expect((await read(fileOf(lines, "a.jsonl"))).text).toBe("one\n\f\ntwo\n\f\n");
  });
  test("are removed where a slice ends in one", async () => {
    for (const before of [1, 2]) {
      const long = "x".repeat(SLICE - before);
      expect((await read(fileOf(`${long}\ufeffy`))).text).toBe(`${long}y`);
    }
  });
  test.each(Object.entries(UTF_32))("of %s are named", async (name, units) => {
    const line = await refused(fileOf(bytesOf(`\ufeff${SENTENCE}`, units)));
    expect(line).toContain(`a.txt is not UTF-8, got text that looks like ${name}`);
  });
  test.each(Object.entries(UTF_16))("of %s lead to its text", async (_, units) => {
    const text = `\ufeffone \ufefftwo, a night — 夜 😀\n`;
    expect((await read(fileOf(bytesOf(text, units)))).text).toBe("one two, a night — 夜 😀\n");
    const lines = '\ufeff{"text":"one"}\r\n{"text":"😀"}';
    expect((await read(fileOf(bytesOf(lines, units), "a.jsonl"))).text).toBe("one\n\f\n😀\n\f\n");
  });
});

describe("other encodings without a mark", () => {
  const TEXTS = {
    English: SENTENCE.repeat(40),
    Russian: "ночная модель учится читать, а потом отдыхает. ".repeat(40),
    Chinese: "夜里的模型学习阅读，然后慢慢休息。".repeat(90),
  };
  for (const [language, text] of Object.entries(TEXTS)) {
    test.each(Object.entries(UTF_32))(`${language} in %s is named`, async (name, units) => {
      for (const file of ["a.txt", "a.jsonl"])
        expect(await refused(fileOf(bytesOf(text, units), file))).toContain(
          `${file} is not UTF-8, got text that looks like ${name}`,
        );
    });
    test.each(Object.entries(UTF_16))(`${language} in %s is read`, async (_, units) => {
      expect((await read(fileOf(bytesOf(text, units)))).text).toBe(text);
    });
  }
  test("a binary file is recognised, also behind a byte order mark", async () => {
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 2654435761) >>> 24);
    noise[1000] = 0;
    expect(await refused(fileOf(noise))).toMatch(/binary file, got a zero byte at offset \d+ \(line \d+\)/);
    expect(await refused(fileOf(`\ufeff${SENTENCE}\n\0`))).toContain(
      `a zero byte at offset ${SENTENCE.length + 4} (line 2)`,
    );
  });
});

describe("the place of a bad byte", () => {
  const broken = (offset: number, byte = 0x92, length = offset + 300): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(length).fill(0x61);
    for (let i = 9; i < length; i += 10) bytes[i] = 10; // a line each ten bytes
    bytes[offset] = byte;
    return bytes;
  };
  test.each([0, 1, 14_003, SLICE - 2, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 5])(
    "is exact at %d",
    async (offset) => {
      expect(await refused(fileOf(broken(offset)))).toContain(
        `got byte 0x92 at offset ${offset} (line ${1 + Math.floor(offset / 10)})`,
      );
    },
  );
  test("is the byte that begins no character, not the byte after it", async () => {
    expect(await refused(fileOf(broken(14_003, 0xe9)))).toContain("byte 0xe9 at offset 14003");
    expect(await refused(fileOf(broken(SLICE - 1, 0xe9)))).toContain(`byte 0xe9 at offset ${SLICE - 1}`);
  });
  test("is exact behind a mark, and where the file is cut inside a character", async () => {
    expect(await refused(fileOf(["\ufeff", broken(100)]))).toContain("byte 0x92 at offset 103");
    const cut = new TextEncoder().encode("a night — ").slice(0, 10);
    expect(await refused(fileOf(cut))).toContain("byte 0xe2 at offset 8");
  });
  test.each([
    [[0xc0, 0x80], 0],
    [[0xe0, 0x80, 0x80], 0],
    [[0xed, 0xa0, 0x80], 0],
    [[0xf4, 0x90, 0x80, 0x80], 0],
    [[0xf0, 0x9f, 0x98, 0x80, 0xff], 4],
    [[0xe2, 0x82, 0xac, 0x80], 3],
  ])("is exact in the ill-formed %j", async (bytes, offset) => {
    expect(await refused(fileOf([Uint8Array.from(bytes), "plain"]))).toContain(
      `at offset ${offset} (line 1)`,
    );
  });
  test("names the file of several", async () => {
    expect(await refused(fileOf("good", "one.txt"), fileOf(broken(50), "two.txt"))).toMatch(
      /^two\.txt is not UTF-8, got byte 0x92 at offset 50/,
    );
  });
});

describe("UTF-16", () => {
  const units = (...list: number[]) => Uint8Array.from(list.flatMap((unit) => [unit & 255, unit >> 8]));
  const line = [0xfeff, ...Array.from(SENTENCE, (letter) => letter.charCodeAt(0)), 10];
  test("is read where a slice ends in half a character", async () => {
    const long = "x".repeat(SLICE / 2 - 2); // with its mark, one unit is left of the slice
    const file = fileOf(bytesOf(`\ufeff${long}😀y`, UTF_16["UTF-16, little endian"]));
    expect((await read(file)).text).toBe(`${long}😀y`);
  });
  test.each([
    ["a first half alone", units(...line, 0xd83d, 65, 10), 2 * line.length],
    ["a second half alone", units(...line, 65, 0xde00, 10), 2 * line.length + 2],
    ["an odd byte at the end", Uint8Array.of(...units(...line, 65), 7), 2 * line.length + 2],
    ["half a character at the end", units(...line, 0xd83d), 2 * line.length],
  ])("with %s names its place", async (_, bytes, offset) => {
    expect(await refused(fileOf(bytes))).toMatch(
      new RegExp(`^a\\.txt is not UTF-16, got byte 0x[0-9a-f]+ at offset ${offset} \\(line 2\\)`),
    );
  });
  test("with a zero is a binary file", async () => {
    expect(await refused(fileOf(units(...line, 65, 0, 66)))).toContain(
      `a.txt is a binary file, got a zero byte at offset ${2 * line.length + 2} (line 2)`,
    );
  });
});

describe("JSON lines", () => {
  const lines = (n: number) => Array.from({ length: n }, (_, i) => JSON.stringify({ text: `document ${i}` }));
  const jsonl = (text: string) => fileOf(text, "a.jsonl");

  test.each(["\n", "\r\n", "\r"])("end with %j", async (end) => {
    const { text, ends } = await read(jsonl(lines(3).join(end)));
    expect(text).toBe("document 0\n\f\ndocument 1\n\f\ndocument 2\n\f\n");
    expect(ends).toHaveLength(3);
  });
  test("count a line whose two ends lie in two slices once", async () => {
    const long = JSON.stringify({ text: "x".repeat(SLICE - 12) }); // its carriage return is the last byte of the slice
    expect(long.length).toBe(SLICE - 1);
    expect(await refused(jsonl(`${long}\r\n{`))).toContain("a.jsonl line 2 is not JSON");
  });
  test("without a text are left out and counted", async () => {
    const found = await read(
      jsonl('{"text":"one"}\n{"text":null}\n{}\n{"id":3,"content":null}\nnull\n\n{"text":" "}\n"two"'),
    );
    expect(found).toMatchObject({ text: "one\n\f\ntwo\n\f\n", skipped: 5 });
    expect((await read(jsonl('{"text":null,"content":"one"}'))).text).toBe("one\n\f\n");
  });
  test("of several files are counted together", async () => {
    expect((await read(jsonl("{}\n{}"), fileOf("plain"), jsonl("null"))).skipped).toBe(3);
  });
  test("that are not JSON are reported with the line", async () => {
    const many = lines(400);
    expect(await refused(jsonl(many.join("\n").slice(0, -20)))).toContain("a.jsonl line 400 is not JSON");
    many[50] = '{"score": NaN, "text": "x"}';
    expect(await refused(jsonl(many.join("\n")))).toMatch(/a\.jsonl line 51 is not JSON, got .*NaN/);
  });
  test.each(['{"text":5}', "5", "[]", '["a"]', "true", '{"text":null,"content":{}}'])(
    "that hold %s have no text",
    async (line) => {
      expect(await refused(jsonl(`{"text":"a"}\n${line}`))).toContain("a.jsonl line 2 has no text");
    },
  );
});

describe("several files", () => {
  test("are documents in their order; one plain text alone has no documents", async () => {
    const found = await read(
      fileOf("one"),
      fileOf("two\n"),
      fileOf('{"text":"three"}', "c.jsonl"),
      fileOf(""),
    );
    expect(found.text).toBe("one\n\f\ntwo\n\f\nthree\n\f\n");
    expect(found.ends).toEqual([6, 12, 20]);
    expect((await read(fileOf("one"))).text).toBe("one");
  });
});
