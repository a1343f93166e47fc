import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines, type DiffRow } from "./diff-lines.ts";

const text = (row: DiffRow | undefined) =>
  row === undefined || row.kind === "fold" ? null : row.parts.map((p) => p.text).join("");

describe("the diff", () => {
  it("marks the words that changed", () => {
    const { rows, added, removed } = diffLines("const LR = 0.02;\n", "const LR = 0.03;\n");
    expect([added, removed]).toEqual([1, 1]);
    expect(rows.map((r) => r.kind)).toEqual(["removed", "added"]);
    const last = rows[1];
    if (last === undefined || last.kind === "fold") throw new Error("a row was expected");
    expect(last.parts.filter((p) => p.changed).map((p) => p.text)).toEqual(["0.03"]);
  });
  it("folds unchanged lines and counts them", () => {
    const before = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    const after = before.map((l, i) => (i === 20 ? "changed" : l));
    const { rows } = diffLines(before.join("\n") + "\n", after.join("\n") + "\n");
    expect(rows[0]).toEqual({ kind: "fold", lines: 17 });
    expect(rows.at(-1)).toEqual({ kind: "fold", lines: 16 });
    expect(rows[4]).toMatchObject({ kind: "removed", before: 21, after: null });
    expect(rows[5]).toMatchObject({ kind: "added", before: null, after: 21 });
  });
  it("says nothing about equal sources", () => {
    expect(diffLines("a\nb\n", "a\nb\n")).toEqual({ rows: [], added: 0, removed: 0 });
  });
  it("holds every line of both sides when nothing is folded", () => {
    const source = fc.array(fc.constantFrom("a", "b", "c", ""), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(source, source, (a, b) => {
        const before = a.map((l) => l + "\n").join("");
        const after = b.map((l) => l + "\n").join("");
        const { rows } = diffLines(before, after, 100);
        if (before === after) return;
        expect(rows.filter((r) => r.kind !== "added").map(text)).toEqual(a);
        expect(rows.filter((r) => r.kind !== "removed").map(text)).toEqual(b);
      }),
    );
  });
});
