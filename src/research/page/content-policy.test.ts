import { describe, expect, it } from "vitest";
import {
  allowedSources,
  enforcePolicy,
  policyFor,
  rememberSources,
  storedSources,
} from "./content-policy.ts";

/** A document as far as the policy needs one. */
function page() {
  const added: { httpEquiv: string; content: string }[] = [];
  const document = {
    createElement: () => ({ httpEquiv: "", content: "" }),
    head: { append: (meta: { httpEquiv: string; content: string }) => void added.push(meta) },
  } as unknown as Document;
  return { document, added };
}

describe("the page's policy", () => {
  it("allows the page's own origin and the chosen provider's, nothing else", () => {
    const { document, added } = page();
    enforcePolicy(document, () => '["https://api.anthropic.com"]');
    expect(added).toEqual([
      { httpEquiv: "Content-Security-Policy", content: "connect-src 'self' https://api.anthropic.com" },
    ]);
    expect(allowedSources()).toEqual(["https://api.anthropic.com"]);
    expect(policyFor([])).toBe("connect-src 'self'");
  });
  it.each([
    ["*", '["*"]'],
    ["a second directive", '["https://a.com; script-src *"]'],
    ["a path", '["https://a.com/x"]'],
    ["another scheme", '["data:"]'],
    ["no list", '{"0":"https://a.com"}'],
    ["no JSON", "https://a.com"],
  ])("does not take %s from storage", (_, stored) => {
    const { document } = page();
    enforcePolicy(document, () => stored);
    expect(allowedSources()).toEqual([]);
  });
  it("is remembered for the next load", () => {
    const kept = new Map<string, string>();
    rememberSources(["http://localhost:11434", "junk"], {
      setItem: (key, value) => void kept.set(key, value),
    });
    expect(storedSources({ getItem: (key) => kept.get(key) ?? null })).toBe('["http://localhost:11434"]');
  });
});
