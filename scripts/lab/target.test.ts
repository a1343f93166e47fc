import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOut, checkTargets } from "./target.mjs";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "overnight-target-")));
const at = (name: string) => join(folder, name);

beforeAll(() => {
  mkdirSync(at("sub"));
  writeFileSync(at("old.bundle"), "# v2 git bundle\n\nPACK");
  writeFileSync(at("empty.bundle"), "");
  writeFileSync(at("book.txt"), "Call me Ishmael.");
  symlinkSync(at("old.bundle"), at("link.bundle"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a file that will be written", () => {
  it("is checked without being changed, links followed", () => {
    const before = readdirSync(folder);
    expect(checkOut(at("new.bundle"))).toBe(at("new.bundle"));
    expect(checkOut(at("old.bundle"))).toBe(at("old.bundle"));
    expect(checkOut(at("empty.bundle"))).toBe(at("empty.bundle"));
    expect(checkOut(at("link.bundle"))).toBe(at("old.bundle"));
    expect(readdirSync(folder)).toEqual(before);
  });
  it.each([
    [at("nowhere/study.bundle"), `--out: no such folder: ${at("nowhere")}`],
    [at("book.txt/study.bundle"), `--out: not a folder: ${at("book.txt")}`],
    [at("sub"), `--out: not a file: ${at("sub")}`],
    ["/dev/null", "--out: not a file: /dev/null"],
    [at("book.txt"), `--out: ${at("book.txt")} is there and is not a git bundle; it is not overwritten`],
    ["", "--out: expected the name of a file"],
  ])("is refused with one line: %s", (path, line) => {
    expect(() => checkOut(path)).toThrow(new Error(line));
  });
  it.skipIf(process.platform !== "linux")("is refused in a folder without write permission", () => {
    expect(() => checkOut("/proc/study.bundle")).toThrow(/^--out: \/proc cannot be written \(E[A-Z]+\)$/);
  });
  it("is found in any command line, beside flags that are wrong", () => {
    expect(() => checkTargets(["--frobnicate", "--out", at("nowhere/x"), "--seed"])).toThrow(
      /--out: no such/,
    );
    expect(() => checkTargets([`--screenshot=${at("nowhere/x.png")}`])).toThrow(/^--screenshot: no such/);
    checkTargets(["--screenshot", at("book.txt"), "--out", at("new.bundle")]); // a picture may replace any file
    checkTargets([]);
  });
});
