import { describe, expect, it } from "vitest";
import { programHistory } from "./program-history.ts";

const texts: Readonly<Record<string, string>> = { a: "be bold", b: "be bold", c: "be careful", d: "be bold" };
const repository = { readFile: (commit: string) => Promise.resolve(texts[commit] ?? "") };
const record = (
  number: number,
  commit: string,
  status: "keep" | "discard" | "crash",
  valBpb: number | null,
) => ({
  number,
  commit,
  status,
  valBpb,
});

describe("the history of program.md", () => {
  it("has one entry for each text in a row, with what it led to", async () => {
    const found = await programHistory(repository, [
      record(0, "a", "keep", 2),
      record(1, "b", "discard", 1.5),
      record(2, "c", "keep", 1.9),
      record(3, "d", "crash", null),
    ]);
    expect(found).toEqual([
      { text: "be bold", from: 0, to: 1, kept: 1, before: null, after: 2 },
      { text: "be careful", from: 2, to: 2, kept: 1, before: 2, after: 1.9 },
      { text: "be bold", from: 3, to: 3, kept: 0, before: 1.9, after: 1.9 },
    ]);
    expect(await programHistory(repository, [])).toEqual([]);
  });
});
