// Every arena on its own candidates: the first, a worse one, garbage, and cheats aimed at its evaluator.
import { describe, expect, it } from "vitest";
import { ARENAS } from "./arenas.ts";
import type { SplitName } from "./contract/manifest.ts";
import { readManifest } from "./contract/manifest.ts";
import { probe } from "./run/probe.ts";
import { compileCandidate, meanScore, scoreSplit } from "./run/score-candidate.ts";
import { testRealms } from "./testing/realms.ts";

const never = new AbortController().signal;

describe.each(ARENAS)("$manifest.id", (arena) => {
  const asked = { instances: 1, seed: 1 } as const;
  const score = (source: string, split: SplitName = "validation", most = 4) =>
    scoreSplit(arena, testRealms, compileCandidate(arena, source), { ...asked, split, most }, never);
  const probed = async (source: string) => {
    const validation = await score(source);
    await probe(arena, testRealms, compileCandidate(arena, source), { ...asked, validation }, never);
    return validation;
  };

  it("has a manifest that holds, and as many scores as it says", async () => {
    expect(readManifest(JSON.parse(JSON.stringify(arena.manifest)))).toEqual(arena.manifest);
    for (const split of ["practice", "validation", "test"] as const) {
      const { parts } = await score(arena.first, split, Infinity);
      expect(parts.length).toBe(arena.manifest.splits[split]);
    }
  });

  it("tests on instances that validation does not have", async () => {
    const validation = new Set((await arena.instances("validation", 1)).map((one) => JSON.stringify(one)));
    const test = await arena.instances("test", 1);
    expect(test.filter((one) => validation.has(JSON.stringify(one)))).toEqual([]);
  });

  it("scores its first candidate above a worse one, and repeats its scores", async () => {
    const first = await probed(arena.first);
    expect(await score(arena.first)).toEqual(first);
    expect(meanScore(await score(arena.known.worse ?? ""))).toBeGreaterThan(meanScore(first));
  });

  it("gives garbage no score", async () => {
    await expect(score(arena.known.garbage)).rejects.toThrow(/validation 1: /);
  });

  it("has four cheats or more", () => {
    expect(arena.known.cheats.length).toBeGreaterThanOrEqual(4);
  });

  it.each(arena.known.cheats)("stops $name", async ({ source, expect: expected }) => {
    if (expected === "caught") await expect(probed(source)).rejects.toMatchObject({ name: "LabError" });
    else expect(meanScore(await probed(source))).toBeGreaterThanOrEqual(meanScore(await score(arena.first)));
  });
});
