import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepText, keptText } from "./text-cache.ts";

const stored = new Map<string, Response>();
const cache = {
  put: (address: string, response: Response) => Promise.resolve(void stored.set(address, response)),
  match: (address: string) => Promise.resolve(stored.get(address)?.clone()),
};

beforeEach(() => {
  stored.clear();
  vi.stubGlobal("location", { origin: "http://localhost:4600" });
  vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const told = async (hash: string) =>
  Promise.all(
    ((await keptText(hash)) ?? []).map(async ({ name, file }) => [
      name,
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(await file.arrayBuffer()),
    ]),
  );

it("gives every file back as it was, in order", async () => {
  const files = [
    { name: "eins, «zwei».txt", file: new Blob(["\ufeffone"]) },
    { name: "leer.txt", file: new Blob([""]) },
    { name: "夜.jsonl", file: new Blob(["夜"]) },
  ];
  await keepText("several", files);
  await keepText("one", [files[2]]);
  expect(await told("several")).toEqual([
    ["eins, «zwei».txt", "\ufeffone"],
    ["leer.txt", ""],
    ["夜.jsonl", "夜"],
  ]);
  expect(await told("one")).toEqual([["夜.jsonl", "夜"]]);
  expect(await keptText("another")).toBeNull();
});

it("reads a text stored by the earlier layout, as one file", async () => {
  stored.set(
    "http://localhost:4600/kept-texts/old",
    new Response("words", { headers: { "x-name": encodeURIComponent("über.txt") } }),
  );
  expect(await told("old")).toEqual([["über.txt", "words"]]);
});

it("keeps where a downloaded file came from", async () => {
  const origin = { url: "https://example.org/a.parquet", licence: null };
  await keepText("fetched", [{ name: "a.parquet", file: new Blob(["x"]), origin }]);
  expect(await keptText("fetched")).toMatchObject([{ name: "a.parquet", origin }]);
});
