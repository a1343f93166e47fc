import { describe, expect, it } from "vitest";
import { policyOf } from "../../../scripts/serve/headers.ts";
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
    enforcePolicy(document, () => '["https://api.anthropic.com"]', null);
    expect(added).toEqual([
      {
        httpEquiv: "Content-Security-Policy",
        content: policyFor(["https://api.anthropic.com"]),
      },
    ]);
    expect(allowedSources()).toEqual(["https://api.anthropic.com"]);
    expect(policyFor([])).toMatch(/; connect-src 'self'$/);
    expect(policyFor(["https://a.com"])).toMatch(/; connect-src 'self' https:\/\/a\.com$/);
  });
  it("allows the address of an engine elsewhere, which the server's header allows on this machine alone", () => {
    const { document, added } = page();
    enforcePolicy(document, () => '["https://a.com"]', "ws://127.0.0.1:4602");
    expect(added[0].content).toMatch(/; connect-src 'self' https:\/\/a\.com ws:\/\/127\.0\.0\.1:4602$/);
    const header =
      policyOf("index.html")
        .split("; ")
        .find((one) => one.startsWith("connect-src")) ?? "";
    expect(header.split(" ").filter((one) => one.startsWith("ws"))).toEqual([
      "ws://127.0.0.1:*",
      "ws://localhost:*",
    ]);
    expect(policyOf("worker.js")).not.toContain("ws:");
  });
  it("lets no image, script, frame, style or font come from another origin", () => {
    const policy = new Map(
      policyFor(["https://a.com"])
        .split("; ")
        .map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]),
    );
    expect(policy.get("default-src")).toEqual(["'none'"]);
    for (const kind of ["img-src", "script-src", "frame-src", "style-src", "font-src", "worker-src"]) {
      expect(
        policy.get(kind)?.filter((source) => !/^('self'|'unsafe-inline'|data:|blob:)$/.test(source)),
      ).toEqual([]);
    }
    expect(policy.get("script-src")).toEqual(["'self'"]);
  });
  it("agrees with the server's header in all directives but connections", () => {
    const header = policyOf("index.html").split("; ");
    for (const directive of policyFor([]).split("; ").slice(0, -1)) expect(header).toContain(directive);
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
    enforcePolicy(document, () => stored, null);
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
