import { describe, expect, test } from "vitest";
import { importText, importTexts } from "./import.ts";
import type { CorpusProgress } from "./progress.ts";
import { seededRandom } from "../training/random.ts";
import { surveyText } from "./survey.ts";

const random = seededRandom(3);
const WORDS = "the a of night model learns to read über quietly and then it rests — slowly".split(" ");
function prose(bytes: number): string {
  let text = "";
  while (text.length < bytes)
    text += `${Array.from({ length: 9 }, () => WORDS[random.below(WORDS.length)]).join(" ")}.\n`;
  return text;
}
const utf8 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const PROSE = prose(300_000);

/** Code and message of the error of an import. */
async function refusal(content: BlobPart, name: string): Promise<string> {
  return importText(new Blob([content]), name).then(
    () => "accepted",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
}

describe("importing text", () => {
  test("a plain text is cut into 90, 5 and 5 %, and its tokens are its bytes", async () => {
    const stages: string[] = [];
    const onProgress = (p: CorpusProgress): void => {
      if (stages.at(-1) !== p.stage) stages.push(p.stage);
      expect(p.done).toBeLessThanOrEqual(p.total);
    };
    const corpus = await importText(new Blob([PROSE]), "night.txt", { vocabSize: 300, onProgress });
    const bytes = utf8(PROSE);
    const { manifest, tokenizer } = corpus;
    expect(manifest.bytes.train).toBe(Math.floor(0.9 * bytes.length));
    expect(manifest.bytes.train + manifest.bytes.validation + manifest.bytes.test).toBe(bytes.length);
    const back = [corpus.train, corpus.validation, corpus.test].map((tokens) =>
      Buffer.from(tokenizer.decode(tokens)),
    );
    expect(Buffer.concat(back).equals(Buffer.from(bytes))).toBe(true);
    expect(manifest.tokens.train).toBe(corpus.train.length);
    expect(manifest.vocabSize).toBe(300);
    expect(manifest.baselines.order5).toBeLessThan(manifest.baselines.unigram);
    expect(stages).toEqual(["reading", "tokenizer", "tokens", "baselines"]);
  });
  test("the hash is of the text, not of the vocabulary or the name", async () => {
    const a = await importText(new Blob([PROSE]), "a.txt", { vocabSize: 256 });
    const b = await importText(new Blob([PROSE]), "b.md", { vocabSize: 280 });
    const c = await importText(new Blob([`${PROSE}.`]), "a.txt", { vocabSize: 256 });
    expect(a.manifest.hash).toBe(b.manifest.hash);
    expect(c.manifest.hash).not.toBe(a.manifest.hash);
  });
  test("the tokenizer learns from the training part alone", async () => {
    const secret = "zqzqzqzq".repeat(4000);
    const corpus = await importText(new Blob([PROSE, secret]), "night.txt", { vocabSize: 400 });
    const learned = [...corpus.tokenizer.merges.keys()]
      .filter((i) => i % 2 === 0)
      .map((i) => {
        return new TextDecoder().decode(corpus.tokenizer.decode(Uint16Array.of(256 + i / 2)));
      });
    expect(learned.some((token) => token.includes("zq"))).toBe(false);
    expect(learned).toContain(" the");
  });
  test("JSON lines give their text, content or string, and are cut between documents", async () => {
    const documents = Array.from({ length: 400 }, (_, i) => `document ${i}\n${prose(700)}`);
    const lines = documents.map((text, i) =>
      JSON.stringify(i % 3 === 0 ? { id: i, text } : i % 3 === 1 ? { content: text } : text),
    );
    const corpus = await importText(new Blob([`\ufeff${lines.join("\r\n\n")}`]), "night.jsonl", {
      vocabSize: 256,
    });
    const joined = (tokens: Uint16Array): string => new TextDecoder().decode(corpus.tokenizer.decode(tokens));
    const splits = [corpus.train, corpus.validation, corpus.test].map(joined);
    expect(splits.join("")).toBe(documents.map((text) => `${text}\f\n`).join(""));
    for (const split of splits) expect(split).toMatch(/^document \d+\n[^]*\f\n$/);
  });
  test("JSON lines with few documents are cut inside one", async () => {
    const lines = Array.from({ length: 3 }, () => JSON.stringify(prose(100_000))).join("\n");
    const { manifest } = await importText(new Blob([lines]), "few.jsonl", { vocabSize: 256 });
    const total = manifest.bytes.train + manifest.bytes.validation + manifest.bytes.test;
    expect(manifest.bytes.train).toBe(Math.floor(0.9 * total));
    expect(manifest.bytes.validation).toBe(
      Math.floor((manifest.bytes.train + total) / 2) - manifest.bytes.train,
    );
  });
  test("several files are joined in order and all named, a long list by its number", async () => {
    const part = PROSE.slice(0, 80_000);
    const files = ["one.txt", "two.md", "three.jsonl"].map((name, i) => {
      const text = `${name}\n${part}`;
      return { name, file: new Blob([i === 2 ? JSON.stringify({ text }) : text]) };
    });
    const { manifest, tokenizer, ...corpus } = await importTexts(files, { vocabSize: 256 });
    expect(manifest).toMatchObject({
      name: "one.txt, two.md and three.jsonl",
      files: ["one.txt", "two.md", "three.jsonl"],
    });
    const splits = [corpus.train, corpus.validation, corpus.test];
    const text = splits.map((tokens) => new TextDecoder().decode(tokenizer.decode(tokens))).join("");
    expect(text).toBe(
      files.map(({ name }) => `${name}\n${part}${part.endsWith("\n") ? "" : "\n"}\f\n`).join(""),
    );
    const many = Array.from({ length: 9 }, (_, i) => ({ name: `${i}.txt`, file: new Blob([PROSE]) }));
    expect((await importTexts(many, { vocabSize: 256 })).manifest).toMatchObject({
      name: "0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt and 3 more",
      files: many.map(({ name }) => name),
    });
  });
  test("lines without a text are counted, and reported where no text is left", async () => {
    const lines = Array.from({ length: 400 }, (_, i) =>
      JSON.stringify(i === 7 ? { text: null } : i === 8 ? { id: 8 } : { text: PROSE.slice(0, 900) }),
    );
    const file = new Blob([lines.join("\n")]);
    expect((await importText(file, "a.jsonl", { vocabSize: 256 })).manifest.skipped).toBe(2);
    const bodies = Array.from({ length: 300 }, (_, i) => JSON.stringify({ body: i })).join("\n");
    expect(await refusal(bodies, "a.jsonl")).toMatch(
      /a\.jsonl is too short, got 0 bytes of text, 300 lines without a text/,
    );
  });
  test("a file that cannot be used is refused with the reason", async () => {
    expect(await refusal("short", "a.txt")).toMatch(
      /^corpus: a\.txt is too short, got 5 bytes of text, expected at least 200,000/,
    );
    expect(await refusal(new Uint8Array(300_000), "a.txt")).toMatch(
      /^corpus: a\.txt is a binary file, got a zero byte at offset 0/,
    );
    const broken = utf8(PROSE);
    broken[250_000] = 0xff;
    expect(await refusal(broken, "a.md")).toMatch(/^corpus: a\.md is not UTF-8/);
    const cutOff = utf8(`${PROSE}—`);
    expect(await refusal(cutOff.slice(0, -1), "a.md")).toMatch(/^corpus: a\.md is not UTF-8/);
    expect(await refusal(Uint8Array.from([0xff, 0xfe, 65, 0, 66, 0]), "a.txt")).toMatch(
      /a.txt is too short, got 2 bytes/,
    );
    const noise = Uint8Array.from({ length: 300_000 }, (_, i) => 1 + (i % 31));
    expect(await refusal(noise, "a.txt")).toMatch(/binary/);
    const lines = Array.from({ length: 300 }, () => JSON.stringify({ text: prose(900) }));
    lines[16] = '{"text": 5}';
    expect(await refusal(lines.join("\n"), "a.jsonl")).toMatch(
      /^corpus: a\.jsonl line 17 has no text, .*expected .*"text"/,
    );
    lines[16] = "{";
    expect(await refusal(lines.join("\n"), "a.jsonl")).toMatch(/^corpus: a\.jsonl line 17 is not JSON/);
  });
  test("a file that is too long is refused before it is read", async () => {
    const huge = { size: 513 * 2 ** 20 } as Blob;
    await expect(importText(huge, "huge.txt")).rejects.toThrow(
      /huge\.txt is too long, got 513 MiB, expected at most 512/,
    );
  });
  test("aborting stops it at any stage", async () => {
    for (const stage of ["reading", "tokenizer", "tokens", "baselines"]) {
      const controller = new AbortController();
      const onProgress = (p: CorpusProgress): void => {
        if (p.stage === stage) controller.abort();
      };
      const job = importText(new Blob([PROSE]), "a.txt", { onProgress, signal: controller.signal });
      await expect(job).rejects.toMatchObject({ code: "cancelled" });
    }
  });
});

describe("survey", () => {
  test("samples a long training text evenly and within the limit, a short one whole", async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => `${String(i).padStart(9, "0")}\n`).join("");
    const { sample, ranges } = await surveyText(
      [{ file: new Blob([lines]), name: "numbers.txt" }],
      "numbers.txt",
      1 << 20,
      {},
    );
    expect(sample.length).toBeLessThanOrEqual((1 << 20) + 65536);
    expect(sample.length).toBeGreaterThan(1 << 18);
    const seen = new TextDecoder().decode(sample).match(/\d{9}/g)!.map(Number);
    expect(Math.max(...seen)).toBeGreaterThan(300_000);
    expect(Math.max(...seen) * 10).toBeLessThan(ranges.train.end);
    const whole = await surveyText([{ file: new Blob([PROSE]), name: "a.txt" }], "a.txt", 1 << 20, {});
    expect(whole.sample).toEqual(utf8(PROSE).subarray(0, whole.ranges.train.end));
  });
});
