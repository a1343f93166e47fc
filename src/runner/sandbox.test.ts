import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const html = readFileSync("public/sandbox.html", "utf8");

describe("sandbox.html", () => {
  it("allows exactly its own script, a data: worker and a blob: module, and nothing else", () => {
    const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((m) => m[1]);
    expect(scripts).toHaveLength(1);
    const hash = createHash("sha256").update(scripts[0]).digest("base64");
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1];
    expect(policy).toBe(
      `default-src 'none'; connect-src 'none'; worker-src data:; script-src 'sha256-${hash}' blob: data:`,
    );
  });

  it("states its policy before anything it governs", () => {
    expect(html.indexOf("Content-Security-Policy")).toBeLessThan(html.indexOf("<script"));
    expect(html).not.toMatch(/<(link|img|iframe|script\s+src)/);
  });
});
