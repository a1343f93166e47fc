import { describe, expect, it } from "vitest";
import { isSingleKey, keyCaps, matches } from "./shortcuts.ts";

const press = (key: string, held = "") => ({
  key,
  ctrlKey: held.includes("c"),
  metaKey: held.includes("m"),
  altKey: held.includes("a"),
  shiftKey: held.includes("s"),
});

describe("shortcuts", () => {
  it("matches a plain letter and nothing held", () => {
    expect(matches("s", press("s"))).toBe(true);
    expect(matches("s", press("s", "c"))).toBe(false);
    expect(matches("s", press("S", "s"))).toBe(false);
    expect(matches("s", press("s", "a"))).toBe(false);
  });
  it("matches Mod as Ctrl or Cmd", () => {
    expect(matches("Mod+K", press("k", "c"))).toBe(true);
    expect(matches("Mod+K", press("k", "m"))).toBe(true);
    expect(matches("Mod+K", press("k"))).toBe(false);
  });
  it("takes characters that need Shift as they come", () => {
    expect(matches("?", press("?", "s"))).toBe(true);
    expect(matches("Shift+X", press("X", "s"))).toBe(true);
    expect(matches("Shift+X", press("x"))).toBe(false);
  });
  it("knows which shortcuts conflict with typing", () => {
    expect(isSingleKey("s")).toBe(true);
    expect(isSingleKey("Shift+X")).toBe(true);
    expect(isSingleKey("Mod+S")).toBe(false);
  });
  it("shows the caps of the machine", () => {
    expect(keyCaps("Mod+k", false)).toEqual(["Ctrl", "K"]);
    expect(keyCaps("Mod+k", true)).toEqual(["⌘", "K"]);
    expect(keyCaps("Enter", false)).toEqual(["Enter"]);
  });
});
