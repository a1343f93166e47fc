import { describe, expect, it } from "vitest";
import { searchCommands } from "./palette-search.ts";

const commands = ["Stop after this run", "Stop now", "Open the best experiment", "Save program.md"].map(
  (label) => ({
    label,
  }),
);
const found = (query: string) => searchCommands(commands, query).map((c) => c.label);

describe("the command palette", () => {
  it("shows every command for an empty query", () => {
    expect(found(" ")).toHaveLength(4);
  });
  it("matches beginnings of words in any order", () => {
    expect(found("st no")).toEqual(["Stop now"]);
    expect(found("best op")).toEqual(["Open the best experiment"]);
    expect(found("program.md")).toEqual(["Save program.md"]);
    expect(found("xyz")).toEqual([]);
  });
  it("puts names that begin so first", () => {
    expect(found("s")[0]).toBe("Stop after this run");
  });
});
