// Adds a text to those that language models know by heart: `npx tsx scripts/known-text.ts "Moby-Dick" moby-dick.txt`.
// It stores hashes of some of its parts in src/prepare/known/known-texts.json, but no words.
import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { fingerprint, type KnownText } from "../src/prepare/known/known-texts.ts";

const LIST = new URL("../src/prepare/known/known-texts.json", import.meta.url);
const [name, ...files] = process.argv.slice(2);
if (name === undefined || files.length === 0) {
  console.error("usage: npx tsx scripts/known-text.ts NAME FILE…");
  process.exit(2);
}
const hashes = fingerprint(Buffer.concat(files.map((file) => readFileSync(file))));
const others = (JSON.parse(readFileSync(LIST, "utf8")) as KnownText[]).filter((known) => known.name !== name);
const list = [...others, { name, hashes }].sort((a, b) => (a.name < b.name ? -1 : 1));
const options = await resolveConfig(LIST);
writeFileSync(LIST, await format(JSON.stringify(list), { ...options, parser: "json" }));
console.log(`${name}: ${hashes.length} hashes`);
