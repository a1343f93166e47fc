// The comparison finds held-out text in a train.ts in any encoding; it accepts training text and overlap by chance.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../researchers/builtin/edits/catalogue.ts";
import { compare, longestByChance } from "./carried.ts";
import { CONTROL, indexed, TEST, tokenizer, TRAIN, utf8, VALIDATION } from "../testing/carried-text.ts";

const index = indexed();
const SEED = readFileSync("src/seed/train.ts", "utf8");
/** The seed with one more line at its end. */
const withValue = (value: string) => `${SEED}\nconst EXTRA = ${value};\n`;
const LINE = SEED.split("\n").length + 1;

const PIECE = VALIDATION.slice(1000, 2200).replaceAll("\n", " ");
const codes = [...utf8(PIECE)];
const ids = [...tokenizer.encode(utf8(PIECE))];
const text = (value: unknown) => JSON.stringify(value);
const cut = (size: number) =>
  Array.from({ length: Math.ceil(PIECE.length / size) }, (_, i) => PIECE.slice(i * size, (i + 1) * size));
const shuffled = <T>(list: readonly T[]) =>
  list
    .map((value, i) => [value, (i * 7919) % 1009] as const)
    .sort((a, b) => a[1] - b[1])
    .map(([value]) => value);
const base64 = (bytes: Iterable<number>) => Buffer.from([...bytes]).toString("base64");
const escaped = (escape: (code: number) => string) => `"${codes.map(escape).join("")}"`;
const hex2 = (code: number) => code.toString(16).padStart(2, "0");
const backwards = (of: string) => [...of].reverse().join("");

const ENCODINGS: Readonly<Record<string, string>> = {
  "a string": text(PIECE),
  "a template": `\`${PIECE}\``,
  "a template with holes": `\`${cut(100).join("${0}")}\``,
  "hexadecimal escapes": escaped((code) => `\\x${hex2(code)}`),
  "unicode escapes": escaped((code) => `\\u${code.toString(16).padStart(4, "0")}`),
  "code point escapes": escaped((code) => `\\u{${code.toString(16)}}`),
  "adjacent strings": cut(9).map(text).join(" + "),
  "pieces of three": `[${cut(3).map(text).join(", ")}].join("")`,
  "scraps in another order": text(shuffled(cut(16))),
  "keys of an object": `{${shuffled(cut(40))
    .map((key) => `${text(key)}: 1`)
    .join(", ")}}`,
  "a regular expression": `/${PIECE}/`,
  "a comment": `1; /* ${PIECE} */`,
  base64: text(base64(codes)),
  base64url: text(Buffer.from(PIECE).toString("base64url")),
  "base64 in lines": `\`${base64(codes).replace(/.{64}/g, "$&\n")}\``,
  "base64 in a comment": `1; // ${base64(codes)}`,
  "base64 twice": text(base64(utf8(base64(codes)))),
  "base64 backwards": text(backwards(base64(codes))),
  "base64 of it backwards": text(base64([...codes].reverse())),
  "base64 of it with bits flipped": text(base64(codes.map((code) => code ^ 77))),
  "hexadecimal digits": text(Buffer.from(PIECE).toString("hex")),
  "hexadecimal words": text(codes.map((code) => `0x${hex2(code)}`).join(", ")),
  "percent signs": text(codes.map((code) => `%${hex2(code)}`).join("")),
  encodeURIComponent: text(encodeURIComponent(PIECE)),
  "decimal digits": text(codes.map((code) => String(code).padStart(3, "0")).join("")),
  "decimal words": text(codes.join(" ")),
  "a table of bytes": text(codes),
  "character codes as arguments": `String.fromCharCode(${codes.join(", ")})`,
  "hexadecimal numbers": `[${codes.map((code) => `0x${hex2(code)}`).join(", ")}]`,
  "32-bit words": text(
    cut(4)
      .filter(({ length }) => length === 4)
      .map((part) => Buffer.from(part).readUInt32LE()),
  ),
  "24-bit words": text(cut(3).map((part) => Buffer.from(part.padEnd(3)).readUIntBE(0, 3))),
  "a large integer": `0x${Buffer.from(PIECE).toString("hex")}n`,
  tokens: text(ids),
  "tokens moved": text(ids.map((id) => id + 3000)),
  "tokens backwards and moved": text([...ids].reverse().map((id) => id + 77)),
  "tokens as characters": `"${ids.map((id) => `\\u${id.toString(16).padStart(4, "0")}`).join("")}"`,
  "numbers moved": text(codes.map((code) => code + 1000)),
  "numbers negated": text(codes.map((code) => -code)),
  "numbers with bits flipped": text(codes.map((code) => code ^ 0x5a)),
  "letters moved": text(String.fromCharCode(...codes.map((code) => code + 3))),
  "letters with bits flipped": text(String.fromCharCode(...codes.map((code) => code ^ 21))),
  "two letters in one": `"${cut(2)
    .map((part) => `\\u${hex2(part.charCodeAt(0))}${hex2(part.charCodeAt(1) || 32)}`)
    .join("")}"`,
  backwards: text(backwards(PIECE)),
  "backwards and moved": text([...codes].reverse().map((code) => code + 9)),
  "letters apart": text([...PIECE].join("|")),
  "every second letter": text([...PIECE].map((letter) => `${letter}q`).join("")),
  "pairs of place and code": text(codes.map((code, i) => [i, code])),
  capitals: text(PIECE.toUpperCase()),
  "other line breaks": `\`${PIECE.replaceAll(" ", "\n  ")}\``,
};

describe("held-out text in a train.ts", () => {
  it.each(Object.entries(ENCODINGS))("is found as %s", (_name, value) => {
    const { carried } = compare(withValue(value), index);
    expect(carried).toMatchObject({ split: "validation" });
    // Lines of a template or a comment count from its first one.
    expect(carried?.line).toBeGreaterThanOrEqual(LINE);
    expect(carried?.line).toBeLessThanOrEqual(LINE + value.split("\n").length - 1);
  });

  it("is reported with the line of the literal and the number of shared bytes", () => {
    const found = (of: string) =>
      compare(`// one\nconst two = "x";\nconst three = ${text(of)};\n`, index).carried;
    expect(found(VALIDATION.slice(500, 800))).toEqual({
      line: 3,
      split: "validation",
      bytes: 300,
      scraps: false,
    });
    const [said] = [found(`${TRAIN.slice(0, 300)}${TEST.slice(50, 450)}`)];
    expect(said).toMatchObject({ line: 3, split: "hidden test", scraps: false });
    expect(Math.abs((said?.bytes ?? 0) - 400)).toBeLessThan(20);
    expect(found(CONTROL.slice(0, 200))).toMatchObject({ line: 3, split: "control" });
  });

  it("is found where it is shorter than a line of this file, and not where it is a few words", () => {
    const limit = longestByChance(1000, 14_000);
    expect(limit).toBeLessThan(48);
    expect(compare(`const A = ${text(VALIDATION.slice(300, 400))};`, index).carried).not.toBe(null);
    expect(compare(`const A = ${text(VALIDATION.slice(300, 320))};`, index).carried).toBe(null);
  });

  it("is found in many scraps of sixteen bytes, and not in a few", () => {
    const scraps = (count: number) =>
      `const A = ${text(
        Array.from({ length: count }, (_, i) => VALIDATION.slice(250 * i, 250 * i + 16))
          .join("~~~ ###")
          .split("###"),
      )};`;
    expect(compare(scraps(31), index).carried).toMatchObject({ scraps: true });
    expect(compare(scraps(9), index).carried).toBe(null);
  });

  it("counts a scrap once, however often it stands there", () => {
    const again = Array.from({ length: 200 }, () => VALIDATION.slice(400, 424));
    const { carried, scraps } = compare(
      `const A = ${text(again.map((scrap, i) => `${scrap} ${i} `))};`,
      index,
    );
    expect(carried).toBe(null);
    expect(scraps).toBeLessThan(30);
  });
});

describe("text that a train.ts may carry", () => {
  it("is anything of the training text", () => {
    const { longestRun, scraps, carried } = compare(withValue(text(TRAIN.slice(0, 20_000))), index);
    expect({ longestRun, scraps, carried }).toEqual({ longestRun: 0, scraps: 0, carried: null });
  });
  it("is text that the held-out text took from the training text, in any layout", () => {
    const licence = TRAIN.slice(5000, 6500);
    const shared = indexed([`${VALIDATION}${licence}`, `${licence}${TEST}`]);
    const comment = `/*\n * ${licence.toUpperCase().replaceAll(". ", ".\n * ")}\n */\n${SEED}`;
    expect(compare(comment, shared).carried).toBe(null);
    expect(compare(comment, shared).scraps).toBe(0);
  });
  it("is other text of the same kind", () => {
    for (let seed = 10; seed < 20; seed++) {
      const other = compare(
        withValue(
          text(
            TRAIN.slice(seed * 100, seed * 100 + 5000)
              .split(" ")
              .reverse()
              .join(" "),
          ),
        ),
        index,
      );
      expect(other.carried).toBe(null);
    }
  });
  it("is anything without letters", () => {
    for (const source of [
      "",
      "const A = ['",
      "/* ",
      "`${",
      "0x",
      "'\\",
      "'\\u{110000}'",
      "const A = ' '.repeat(9);",
      "1n + -2n",
      "[,,,]",
    ])
      expect(compare(source, index)).toEqual({ longestRun: 0, scraps: 0, carried: null });
  });
});

describe("honest sources", () => {
  // TypeScript of the same hand, cut into files to learn from and files to be scored on.
  const files = ["repo", "research", "ui"].flatMap((folder) =>
    readdirSync(`src/${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .sort()
      .map((name) => readFileSync(`src/${folder}/${name}`, "utf8")),
  );
  const part = (remainder: number) => files.filter((_, i) => i % 10 === remainder).join("\f\n");
  const code = indexed([part(0), part(1), part(2)], [3, 4, 5, 6, 7, 8, 9].map(part).join("\f\n"));

  const cases = readdirSync("tests/hostile/cases").map((name) =>
    readFileSync(`tests/hostile/cases/${name}`, "utf8"),
  );
  const edits = catalogue.flatMap(({ apply }) => apply(SEED) ?? []);
  /** Tables and prose as researchers write them. */
  const tables = [
    `const COEFFICIENTS = [[8.28721, -23.59589, 17.30039], [4.10706, -2.94785, 0.54484], [3.9486, -2.9089, 0.5518]];`,
    `const FREQUENCIES = ${text(Array.from({ length: 300 }, (_, i) => i))};`,
    `const POWERS = ${text(Array.from({ length: 50 }, (_, i) => 2 ** i))};`,
    `const ROTATED = ${text(Array.from({ length: 400 }, (_, i) => (i * 193) % 251))};`,
    `const NAMES = ["query", "key", "value", "projection", "gate", "up", "down", "norm", "head", "embedding"];`,
    `const KERNEL = \`fn element(i: u32) -> f32 { let x = a[i]; return x * (1.0 / (1.0 + exp(-x))); }\`;`,
    `// Muon orthogonalises the momentum of each matrix by five steps of a quintic iteration whose coefficients make it fast.`,
  ].map((line) => `${SEED}\n${line}\n`);

  it.each([
    ["code of their own kind", code],
    ["prose", index],
  ])("share little with held-out %s", (_kind, heldOut) => {
    expect(edits.length).toBeGreaterThan(20);
    for (const source of [SEED, ...cases, ...edits, ...tables]) {
      const { carried, scraps } = compare(source, heldOut);
      expect(carried, source).toBe(null);
      expect(scraps).toBeLessThan(128);
    }
  });
});
