import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DARK, LIGHT } from "./palette.ts";

describe("the colours of a picture", () => {
  it("are those of the page, by day and by night", () => {
    const css = readFileSync(new URL("../styles/tokens.css", import.meta.url), "utf8");
    for (const [name, day] of Object.entries(LIGHT)) {
      const token = name.replace(/(\d)$/, "-$1");
      const night = DARK[name as keyof typeof DARK];
      expect(css).toContain(`--${token}: light-dark(${day}, ${night});`);
    }
  });
});
