import { expect, it } from "vitest";
import { isSeed, seedFor, writeConstant } from "./index.ts";

it("is the seed of any tier to the last character, and nothing else", () => {
  for (const tier of ["software", "integrated", "laptop", "desktop"] as const)
    expect(isSeed(seedFor(tier).source), tier).toBe(true);
  const { source } = seedFor("software");
  for (const other of ["", `${source} `, `\uFEFF${source}`, writeConstant(source, "DEPTH", 3)])
    expect(isSeed(other)).toBe(false);
});
