import { describe, expect, it } from "vitest";
import { importText } from "../corpus/import.ts";
import { fingerprint, Recogniser } from "./known-texts.ts";
import { prose } from "../testing/prose.ts";
import LIST from "./known-texts.json" with { type: "json" };

const utf8 = (text: string) => new TextEncoder().encode(text);
const FAMOUS = prose(600_000, 5);
const known = [
  { name: "Famous", hashes: fingerprint(utf8(FAMOUS)) },
  { name: "Other", hashes: fingerprint(utf8(prose(100_000, 6))) },
];
/** The result for a text that comes in pieces of an odd length. */
function found(text: string, list = known) {
  const recogniser = new Recogniser(list);
  const bytes = utf8(text);
  for (let at = 0; at < bytes.length; at += 4999) recogniser.push(bytes.subarray(at, at + 4999));
  return recogniser.best();
}

describe("a text that models know by heart", () => {
  it("is recognised whole in any layout", () => {
    expect(found(FAMOUS)).toEqual({ name: "Famous", share: 1 });
    expect(found(FAMOUS.toUpperCase().replaceAll(/[ ,]+/g, "\r\n"))).toEqual({ name: "Famous", share: 1 });
  });
  it("is recognised by a third of it, with that share", () => {
    for (const from of [0, 123_456, 400_000]) {
      const cut = found(`${prose(300_000, 7)}${FAMOUS.slice(from, from + 200_000)}`);
      expect(cut?.name).toBe("Famous");
      expect(Math.abs((cut?.share ?? 0) - 1 / 3)).toBeLessThan(0.15);
    }
  });
  it("is not found in another text, nor in a quotation", () => {
    expect(found(prose(600_000, 8))).toBe(null);
    expect(found(`${prose(100_000, 8)}${FAMOUS.slice(1000, 3000)}`)).toBe(null);
    expect(found("")).toBe(null);
    expect(found(FAMOUS, [])).toBe(null);
  });
  it("is not found in generated text, and the import's manifest does not mention it", async () => {
    const { manifest } = await importText(new Blob([prose(220_000, 9)]), "a.txt", { vocabSize: 256 });
    expect(manifest).not.toHaveProperty("known");
  });
});

it("keeps a list of hashes alone: sixteen digits each, as many for every text, none twice", () => {
  expect(LIST.length).toBeGreaterThanOrEqual(4);
  expect(new Set(LIST.map(({ name }) => name)).size).toBe(LIST.length);
  for (const { hashes } of LIST) {
    expect(hashes).toHaveLength(96);
    expect(hashes.join(" ")).toMatch(/^([0-9a-f]{16} ?)+$/);
    expect([...hashes].sort()).toEqual(hashes);
  }
  expect(new Set(LIST.flatMap(({ hashes }) => hashes)).size).toBe(96 * LIST.length);
});
