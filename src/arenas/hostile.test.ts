// Hostile candidates in every arena: each run ends with one line that names the place.
import { describe, expect, it } from "vitest";
import { ARENAS } from "./arenas.ts";
import { compileCandidate, scoreSplit } from "./run/score-candidate.ts";
import { HOSTILE, hostileFor } from "./testing/hostile.ts";
import { testRealms } from "./testing/realms.ts";

const never = new AbortController().signal;
describe.each(ARENAS)("$manifest.id", (arena) => {
  it.each(HOSTILE)("ends %s", async (_name, text, reason) => {
    const source = hostileFor(arena.manifest, text);
    const asked = { split: "practice", instances: 1, seed: 1 } as const;
    const run = async () => scoreSplit(arena, testRealms, compileCandidate(arena, source), asked, never);
    const error: unknown = await run().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^(crash|invalid)$/) as string });
    const { message } = error as Error;
    expect(message).toMatch(reason);
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(600);
  });
});
