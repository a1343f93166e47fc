import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkTexts, textFiles } from "./text-files.ts";

const folder = join(mkdtempSync(join(tmpdir(), "overnight-texts-")), "notes");
mkdirSync(join(folder, "sub"), { recursive: true });
mkdirSync(join(folder, ".git"));
mkdirSync(join(folder, "empty"));
for (const name of ["b.txt", "a.md", "sub/c.jsonl", ".hidden", ".git/config"])
  writeFileSync(join(folder, name), "x");

test("a folder is its files by name, without hidden ones; a file is itself", () => {
  const names = textFiles([folder, join(folder, "b.txt")]).map(({ name }) => name);
  expect(names).toEqual(["notes/a.md", "notes/b.txt", "notes/sub/c.jsonl", "b.txt"]);
});

test("an address stands alone; what is missing or empty is named", () => {
  const address = "https://example.org/a.txt";
  expect(checkTexts([address])).toEqual([address]);
  expect(checkTexts([folder])).toEqual([folder]);
  expect(() => checkTexts([address, folder])).toThrow("--text: an address cannot be joined with other texts");
  expect(() => checkTexts([join(folder, "z.txt")])).toThrow(/--text: no such file: .*z\.txt/);
  expect(() => checkTexts([join(folder, "empty")])).toThrow(/--text: no file in the folder .*empty/);
});
