import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "../../digest.ts";
import { BlockHash } from "./block-hash.ts";

const hash = (...parts: Uint8Array[]): Buffer => {
  const h = createHash("sha256");
  for (const part of parts) h.update(part);
  return h.digest();
};

test("is the hash of the hashes of blocks of 1 MiB, however the text comes", async () => {
  const text = Uint8Array.from({ length: 2.5 * 2 ** 20 }, (_, i) => (i * i) & 255);
  const blocks = [0, 1, 2].map((i) => hash(text.subarray(i << 20, (i + 1) << 20)));
  const expected = hash(...blocks).toString("hex");
  for (const step of [text.length, 700_001, 1 << 20]) {
    const blockHash = new BlockHash();
    for (let at = 0; at < text.length; at += step) await blockHash.push(text.subarray(at, at + step));
    expect(await blockHash.finish()).toBe(expected);
  }
  expect(await sha256(text)).toBe(hash(text).toString("hex"));
});
