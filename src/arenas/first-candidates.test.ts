// Every arena on its own candidates: the first, a worse one, garbage, and cheats aimed at its evaluator.
import { describe, expect, it } from "vitest";
import { ARENAS } from "./arenas.ts";
import { readManifest } from "./contract/manifest.ts";
import { compileCandidate, meanScore, scoreSplit } from "./run/score-candidate.ts";
import { testRealms } from "./testing/realms.ts";

const never = new AbortController().signal;

describe.each(ARENAS)("$manifest.id", (arena) => {
  const score = (source: string, split: "practice" | "validation" = "validation") =>
    scoreSplit(
      arena,
      testRealms,
      compileCandidate(arena, source),
      { split, instances: 1, seed: 1, most: 4 },
      never,
    );

  it("has a manifest that holds, and as many instances as it says", () => {
    expect(readManifest(JSON.parse(JSON.stringify(arena.manifest)))).toEqual(arena.manifest);
    for (const split of ["practice", "validation", "test"] as const)
      expect(arena.instances(split, 1).length).toBe(arena.manifest.splits[split]);
  });

  it("tests on instances that validation does not have", () => {
    const validation = new Set(arena.instances("validation", 1).map((one) => JSON.stringify(one)));
    expect(arena.instances("test", 1).filter((one) => validation.has(JSON.stringify(one)))).toEqual([]);
  });

  it("scores its first candidate above a worse one, and repeats its scores", async () => {
    const first = await score(arena.first);
    expect(await score(arena.first)).toEqual(first);
    expect(meanScore(await score(arena.known.worse))).toBeGreaterThan(meanScore(first));
  });

  it("gives garbage no score", async () => {
    await expect(score(arena.known.garbage)).rejects.toThrow(/validation 1: /);
  });

  it("has four cheats or more", () => {
    expect(arena.known.cheats.length).toBeGreaterThanOrEqual(4);
  });

  it.each(arena.known.cheats)("stops $name", async ({ source, expect: expected }) => {
    if (expected === "caught") await expect(score(source)).rejects.toMatchObject({ name: "LabError" });
    else expect(meanScore(await score(source))).toBeGreaterThanOrEqual(meanScore(await score(arena.first)));
  });
});
