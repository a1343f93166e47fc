// A model as a file, alone and in conversation, on the float64 reference; and the script that goes with an exported one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleStandalone } from "../../../scripts/vite-standalone.ts";
import { Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { readModel } from "./model-file.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import type { FromTalk } from "./talk-protocol.ts";
import { Talker } from "./talker.ts";
import { smallModel } from "./testing/small-model.ts";
import { type Request, Writer } from "./writer.ts";

const session = () => new Session(new ReferenceBackend());
const REQUEST: Request = { prompt: "The night", count: 12, temperature: 0.8, seed: 7, stop: "" };
let file: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  file = await smallModel(session());
});

async function written(request: Partial<Request> = {}) {
  const writer = new Writer(session(), readModel(file));
  const tokens = [];
  const writing = writer.write({ ...REQUEST, ...request });
  for (;;) {
    const next = await writing.next();
    if (next.done) return { tokens, why: next.value, text: tokens.map(({ text }) => text).join("") };
    tokens.push(next.value);
  }
}

describe("safetensors", () => {
  const tensors = [
    { name: "a.weight", shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) },
    { name: "ü", shape: [], data: Float32Array.of(-0.5) },
    { name: "empty", shape: [0, 4], data: new Float32Array(0) },
  ];
  test("come back as they were, and begin at a multiple of 8", () => {
    const bytes = writeSafetensors({ tensors, metadata: { format: "x", words: "über" } });
    expect(readSafetensors(bytes)).toEqual({ tensors, metadata: { format: "x", words: "über" } });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
      string,
      unknown
    >;
    expect(header["a.weight"]).toEqual({ dtype: "F32", shape: [2, 3], data_offsets: [0, 24] });
  });
  test("of one name twice are refused", () => {
    expect(() => writeSafetensors({ tensors: [tensors[0], tensors[0]], metadata: {} })).toThrow(
      /one name, got a\.weight/,
    );
  });
  const withHeader = (header: string, data = 8): Uint8Array => {
    const text = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + text.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    return bytes;
  };
  test.each([
    ["nothing", new Uint8Array(0)],
    ["a length beyond the file", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1)],
    ["no JSON", withHeader("{")],
    ["an array", withHeader("[]")],
    ["another type", withHeader('{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}')],
    ["a tensor beyond the file", withHeader('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}')],
    ["a shape of another size", withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}')],
    ["offsets that go back", withHeader('{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}')],
    ["a negative size", withHeader('{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}')],
  ])("with %s are refused", (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(/^this is no safetensors file of the lab/);
  });
});

describe("a model file", () => {
  test("has the weights under the names of train.ts", () => {
    const { tensors } = readSafetensors(file);
    expect(tensors.map(({ name }) => name)).toContain("blocks.0.q");
    expect(tensors.find(({ name }) => name === "table")?.shape).toEqual([288, 16]);
    expect(readModel(file)).toMatchObject({
      seqLen: 24,
      vocabSize: 288,
      facts: { study: "nov30", number: 3 },
    });
  });
  test("of another format is refused", () => {
    expect(() => readModel(writeSafetensors({ tensors: [], metadata: {} }))).toThrow(
      "this is no model of the lab, got no format, expected overnight-model-1",
    );
  });
});

describe("a writer", () => {
  test("writes the same text for the same seed, another for another", async () => {
    const first = await written();
    expect(first.tokens).toHaveLength(12);
    expect(first.why).toBe("count");
    expect((await written()).text).toBe(first.text);
    expect((await written({ seed: 8 })).text).not.toBe(first.text);
  });
  test("tells the probability of each token and the likeliest ones", async () => {
    const { tokens } = await written({ temperature: 0 });
    for (const { own, probability, likely } of tokens) {
      expect(likely).toHaveLength(5);
      expect(likely[0].probability).toBeCloseTo(probability, 12);
      expect(likely[0].text).toBe(own);
      expect(likely.map((one) => one.probability)).toEqual(
        likely.map((one) => one.probability).sort((a, b) => b - a),
      );
    }
    expect((await written({ temperature: 0, seed: 99 })).text).toBe(tokens.map(({ text }) => text).join(""));
  });
  test("ends at the stop text", async () => {
    const { text } = await written({ count: 30 });
    const stop = text.trim().slice(3, 5);
    const ended = await written({ count: 30, stop });
    expect(ended.why).toBe("stop");
    expect(ended.text.includes(stop)).toBe(true);
    expect(ended.text.length).toBeLessThan(text.length);
    expect(text.startsWith(ended.text)).toBe(true);
  });
  test("begins without a prompt, and with one longer than its context", async () => {
    expect((await written({ prompt: "", count: 2 })).tokens).toHaveLength(2);
    expect((await written({ prompt: "The night model learns. ".repeat(20), count: 2 })).tokens).toHaveLength(
      2,
    );
  });
});

describe("a conversation", () => {
  function open() {
    const said: FromTalk[] = [];
    const talker = new Talker(
      () => Promise.resolve({ sides: [session(), session()], lost: new Promise<never>(() => undefined) }),
      (message) => said.push(message),
    );
    const done = (id: number) =>
      expect
        .poll(() =>
          said.some((one) => "id" in one && one.id === id && one.type !== "token" && one.type !== "ended"),
        )
        .toBe(true);
    const load = (id: number, side: 0 | 1) => {
      talker.hear({ type: "load", id, side, file: file.slice().buffer });
      return done(id);
    };
    return { talker, said, done, load };
  }
  const textOf = (said: FromTalk[], side: number) =>
    said.flatMap((one) => (one.type === "token" && one.side === side ? [one.written.text] : [])).join("");

  test("of two models writes with both in turn, each as it would alone", async () => {
    const { talker, said, done, load } = open();
    await load(1, 0);
    await load(2, 1);
    talker.hear({ type: "write", id: 3, request: REQUEST });
    await done(3);
    const alone = (await written()).text;
    expect([textOf(said, 0), textOf(said, 1)]).toEqual([alone, alone]);
    expect(said.flatMap((one) => (one.type === "token" ? [one.side] : [])).slice(0, 4)).toEqual([0, 1, 0, 1]);
    expect(said.filter(({ type }) => type === "ended")).toHaveLength(2);
  });
  test("ends when the reader stops it, and goes on with the next text", async () => {
    const { talker, said, done, load } = open();
    await load(1, 0);
    talker.hear({ type: "write", id: 2, request: { ...REQUEST, count: 5000 } });
    await expect.poll(() => said.filter(({ type }) => type === "token").length).toBeGreaterThan(1);
    talker.hear({ type: "stop" });
    await done(2);
    expect(said).toContainEqual({ type: "ended", id: 2, side: 0, why: "reader" });
    said.length = 0;
    talker.hear({ type: "write", id: 3, request: REQUEST });
    await done(3);
    expect(textOf(said, 0)).toBe((await written()).text);
  });
  test("without a model, or with a file that is none, is refused in one line", async () => {
    const { talker, said, done } = open();
    talker.hear({ type: "write", id: 1, request: REQUEST });
    await done(1);
    talker.hear({ type: "load", id: 2, side: 0, file: new ArrayBuffer(4) });
    await done(2);
    expect(said).toMatchObject([
      { type: "refused", id: 1, message: "no model was chosen" },
      { type: "refused", id: 2, message: expect.stringMatching(/^this is no safetensors file/) as string },
    ]);
  });
});

describe("the script of an exported model", () => {
  test("writes the same text as the page, and the same probabilities", async () => {
    const folder = mkdtempSync(join(tmpdir(), "overnight-model-"));
    writeFileSync(join(folder, "run.mjs"), await bundleStandalone(process.cwd()));
    writeFileSync(join(folder, "model.safetensors"), file);
    const run = (...flags: string[]) =>
      execFileSync(process.execPath, [join(folder, "run.mjs"), ...flags], {
        encoding: "utf8",
        cwd: tmpdir(),
      });
    const flags = ["--prompt", "The night", "--tokens", "12", "--temperature", "0.8", "--seed", "7"];
    const { text, tokens } = await written();
    expect(run(...flags)).toBe(`The night${text}\n`);
    const lines = run(...flags, "--probabilities")
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(tokens);
    expect(() => run("--tokens", "many")).toThrow(/--tokens: got many, expected a number/);
  }, 120_000);
});
