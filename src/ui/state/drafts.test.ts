import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftState, follow, keepDraft, openText, readDraft, type DraftStore } from "./drafts.ts";

function memory(): DraftStore & { size: () => number } {
  const map = new Map<string, string>();
  return {
    getItem: (k) => map.get(k) ?? null,
    setItem: (k, v) => void map.set(k, v),
    removeItem: (k) => void map.delete(k),
    size: () => map.size,
  };
}

describe("drafts", () => {
  it("survive a reload with any text in them", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, base) => {
        const store = memory();
        expect(keepDraft(store, "program", { text, base })).toBe(true);
        const again = readDraft(store, "program");
        if (text === base) expect(again).toBeNull();
        else expect(again).toEqual({ text, base });
      }),
    );
  });
  it("are deleted once they equal the saved text", () => {
    const store = memory();
    keepDraft(store, "p", { text: "b", base: "a" });
    expect(store.size()).toBe(1);
    keepDraft(store, "p", { text: "b", base: "b" });
    expect(store.size()).toBe(0);
  });
  it("ignore stored text that is not a draft", () => {
    const store = memory();
    store.setItem("overnight:draft:p", "{not json");
    expect(readDraft(store, "p")).toBeNull();
    store.setItem("overnight:draft:p", '{"text":1}');
    expect(readDraft(store, "p")).toBeNull();
  });
  it("say when the browser would not keep them", () => {
    const full = {
      ...memory(),
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    expect(keepDraft(full, "p", { text: "b", base: "a" })).toBe(false);
  });
  it("open before the saved text", () => {
    expect(openText(null, "saved")).toEqual({ text: "saved", base: "saved" });
    expect(openText({ text: "mine", base: "old" }, "saved")).toEqual({ text: "mine", base: "old" });
    expect(openText({ text: "saved", base: "old" }, "saved")).toEqual({ text: "saved", base: "saved" });
  });
  it("follow the lab only while nothing was typed", () => {
    expect(follow({ text: "a", base: "a" }, "b")).toEqual({ text: "b", base: "b" });
    expect(follow({ text: "mine", base: "a" }, "b")).toEqual({ text: "mine", base: "a" });
    expect(follow({ text: "b", base: "a" }, "b")).toEqual({ text: "b", base: "b" });
  });
  it("name their state", () => {
    expect(draftState({ text: "a", base: "a" }, "a")).toBe("clean");
    expect(draftState({ text: "x", base: "a" }, "a")).toBe("unsaved");
    expect(draftState({ text: "x", base: "a" }, "b")).toBe("moved");
  });
});
