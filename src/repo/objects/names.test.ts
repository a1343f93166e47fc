import { describe, expect, test } from "vitest";
import { checkNamespace, checkTag, isBranchName, pathParts } from "./names.ts";

describe("names", () => {
  test.each(["nov20", "a", "2026-11-20.b_c"])("tag %j is accepted", (tag) => {
    expect(() => {
      checkTag(tag);
    }).not.toThrow();
  });

  test.each(["", "A", "a/b", "../a", "a..b", ".a", "a.", "a.lock", "-a", "a b", "é", "a".repeat(65), "a\n"])(
    "tag %j is refused",
    (tag) => {
      expect(() => {
        checkTag(tag);
      }).toThrow(/tag cannot be used/);
    },
  );

  test.each([
    "../x",
    "a/../b",
    "a//b",
    "/a",
    "a/",
    ".a",
    "a/.b",
    "a.lock/b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
    "a@{0}",
    "@",
    "HEAD",
    "a.",
    "-a",
    "a\u0000",
    "a\u007f",
  ])("branch %j is refused, as by git check-ref-format", (name) => {
    expect(isBranchName(name)).toBe(false);
  });

  test("control characters of ASCII are refused and others accepted, as by git", () => {
    const ascii = [...Array.from({ length: 0x20 }, (_, code) => code), 0x7f];
    const others = Array.from({ length: 0x20 }, (_, i) => 0x80 + i);
    const named = (code: number) => `a${String.fromCodePoint(code)}b`;
    for (const code of ascii) {
      expect(isBranchName(named(code)), String(code)).toBe(false);
      expect(() => pathParts(named(code)), String(code)).toThrow(/path cannot be used/);
    }
    for (const code of others) {
      expect(isBranchName(named(code)), String(code)).toBe(true);
      expect(pathParts(named(code))).toEqual([named(code)]);
    }
  });

  test("imports cannot reach the studies' own branches", () => {
    for (const namespace of ["autoresearch", "notebook/x", "", "a/../b"])
      expect(() => {
        checkNamespace(namespace);
      }).toThrow(/namespace cannot be used/);
    checkNamespace("labs/alice");
  });

  test.each([
    "a/../b",
    "/a",
    "a//b",
    ".git/config",
    "x/.GIT",
    "GIT~1",
    ".g\u200cit",
    "a\\b",
    "a\nb",
    "",
    ".",
    "c:x",
    ".git .",
  ])("path %j is refused", (path) => {
    expect(() => pathParts(path)).toThrow(/path cannot be used/);
  });

  test("ordinary paths are accepted", () => {
    expect(pathParts("experiments/00/0007.json")).toEqual(["experiments", "00", "0007.json"]);
    expect(pathParts(".gitignore")).toEqual([".gitignore"]);
  });
});
