import { describe, expect, it } from "vitest";
import { chooseEngine, chosenEngine, engineInAddress, takeEngine } from "./engine-choice.ts";

const PAGE = "http://localhost:4600/?budget=20";
const SETTING = "ws://0123456789abcdef@127.0.0.1:4602";
const ENGINE = { address: "ws://127.0.0.1:4602", token: "0123456789abcdef" };

function storage(setting?: string) {
  const kept = new Map(setting === undefined ? [] : [["overnight:engine", setting]]);
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
}

/** The page after it has loaded from an address. */
function load(href: string, store = storage()) {
  let clean: string | null = null;
  const ignored = takeEngine(href, store, (address) => (clean = address));
  return { clean, ignored, engine: chosenEngine(), kept: store.kept.get("overnight:engine") };
}

describe("the engine of the page", () => {
  it("is this browser's by default", () => {
    expect(load(PAGE)).toEqual({ clean: null, ignored: null, engine: null, kept: undefined });
    expect(load(`${PAGE}#made-up-night/3`).clean).toBeNull();
  });
  it("comes from the address once, which keeps neither it nor its token, and then from the store", () => {
    const store = storage();
    const linked = load(`${PAGE}#engine=${SETTING}`, store);
    expect(linked).toEqual({ clean: "/?budget=20", ignored: null, engine: ENGINE, kept: SETTING });
    expect(load(PAGE, store)).toMatchObject({ clean: null, engine: ENGINE });
    expect(load(`${PAGE}#engine=`, store)).toMatchObject({ engine: null, kept: undefined });
  });
  it("leaves the rest of the address alone", () => {
    expect(engineInAddress(`${PAGE}#bridge=claude&engine=${SETTING}&token=t`)).toEqual({
      text: SETTING,
      clean: "/?budget=20#bridge=claude&token=t",
    });
  });
  it("keeps a token that needs an escape", () => {
    const store = storage();
    chooseEngine("ws://0123456789%2F%2B%3Ddef@localhost:1/", store);
    expect(load(PAGE, store).engine).toEqual({ address: "ws://localhost:1", token: "0123456789/+=def" });
  });
  it.each([
    "ws://127.0.0.1:4602",
    "ws://short@127.0.0.1:4602",
    "ws://0123456789abcdef@192.168.0.4:4602",
    "ws://0123456789abcdef@127.0.0.1.example.org:4602",
    "ws://0123456789abcdef@127.0.0.1:99999",
    "ws://0123456789abcdef@127.0.0.1:4602/path",
    "ws://0123456789abcdef@127.0.0.1:4602 https://a.com",
    "ws://0123456789abcdef:x@127.0.0.1:4602",
    "wss://0123456789abcdef@127.0.0.1:4602",
    "http://0123456789abcdef@127.0.0.1:4602",
    "0123456789abcdef",
  ])("refuses what is no engine of this machine, in a line without its token: %s", (text) => {
    const store = storage();
    const { ignored, engine, kept, clean } = load(`${PAGE}#engine=${text}`, store);
    expect(ignored).toMatch(
      /^engine: got .*, expected ws:\/\/TOKEN@127\.0\.0\.1:PORT, as npm run engine prints it$/,
    );
    if (text.includes("@")) expect(ignored).not.toContain("0123456789");
    expect({ engine, kept, clean }).toEqual({ engine: null, kept: undefined, clean: "/?budget=20" });
    expect(load(PAGE, storage(text)).engine).toBeNull();
  });
});
