import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../../researchers/index.ts";
import { LEARNINGS_HEADER } from "../study/notebook.ts";
import { consolidated, withLine, mergedEdit } from "./learnings.ts";
import { patterns } from "./patterns.ts";

const source = (rate: number) => `const RATE = ${rate}; // (0.001..1 log)\n`;
const entry = (number: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  number,
  commit: "",
  parent: number === 0 ? null : 0,
  status: "discard",
  valBpb: 2.1,
  incumbentBpb: number === 0 ? null : 2,
  hypothesis: "",
  category: "numeric",
  researcher: "built-in",
  source: source(number === 0 ? 0.1 : 0.1 + number / 10),
  reason: "",
  lesson: "",
  ...more,
});
const night = (count: number) => Array.from({ length: count }, (_, i) => entry(i));
const line = (number: number) => `- #${number} discard: lesson ${number}\n`;

describe("patterns", () => {
  it("say which way of a constant helped, and how each kind of move fared", () => {
    const text = patterns([...night(3), entry(3, { source: source(0.05), status: "keep", valBpb: 1.9 })]);
    expect(text).toContain("- RATE: higher helped 0 of 2, median change +0.1000; lower helped 1 of 1");
    expect(text).toContain("- numeric: tried 3, kept 1, 0.1000 gained");
    expect(patterns([entry(0)])).toBe("");
  });
  it("are silent about experiments that changed two constants at once", () => {
    const two = (a: number, b: number) => `const A = ${a};\nconst B = ${b};\n`;
    const history = [
      entry(0, { source: two(1, 1) }),
      ...[2, 3, 4].map((n) => entry(n - 1, { source: two(n, n) })),
    ];
    expect(patterns(history)).not.toContain("A:");
  });
});

describe("learnings.md", () => {
  it("grows a line at a time, under the header", () => {
    expect(withLine("", line(0), night(1))).toBe(LEARNINGS_HEADER + line(0));
    expect(withLine(`${LEARNINGS_HEADER}mine`, line(1), night(2))).toBe(
      `${LEARNINGS_HEADER}mine\n${line(1)}`,
    );
  });
  it("is consolidated every ten experiments, and the lab's older block makes room for the newer", () => {
    let text = "";
    for (let n = 0; n <= 20; n++) text = withLine(text, line(n), night(n + 1));
    expect(text.match(/^## Patterns/gm)).toHaveLength(1);
    expect(text).toContain("## Patterns after #20");
    expect(text.match(/^- #\d+ /gm)).toHaveLength(21);
  });
  it("keeps a block that the human has edited, and every word of theirs", () => {
    const first = consolidated(LEARNINGS_HEADER + line(0) + line(1) + line(2), night(3));
    const edited = first.replace(
      "## Patterns after #2\n\n",
      "## Patterns after #2\n\n- mine: rates are fickle\n",
    );
    const next = consolidated(`${edited}My own thought.\n`, night(5));
    expect(next).toContain("- mine: rates are fickle");
    expect(next).toContain("My own thought.");
    expect(next).toContain("## Patterns after #4");
  });
  it("merges an edit with the experiments that ended meanwhile; removed lines stay removed", () => {
    const base = LEARNINGS_HEADER + line(0) + line(1);
    const edited = LEARNINGS_HEADER + "A thought.\n\n" + line(1);
    const merged = mergedEdit(base, edited, base + line(2));
    expect(merged).toContain("A thought.");
    expect(merged).not.toContain("#0");
    expect(merged).toContain(line(1) + line(2));
  });
});
