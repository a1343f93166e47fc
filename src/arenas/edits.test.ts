// Every edit of the built-in researcher must apply, compile, and still give answers that get a score.
import { describe, expect, it } from "vitest";
import { rewrite } from "../researchers/index.ts";
import { ARENAS } from "./arenas.ts";
import { compileCandidate, scoreSplit } from "./run/score-candidate.ts";
import { testRealms } from "./testing/realms.ts";

const never = new AbortController().signal;

/** The candidate with each of its numbers moved. */
const moved = (source: string) =>
  source.replace(
    /^(const [A-Z_]+ = )([\d.]+);/gm,
    (_, name: string, value: string) => `${name}${2 * Number(value)};`,
  );

describe.each(ARENAS)("the edits of $manifest.id", (arena) => {
  it.each(arena.edits)("have $name, which does not depend on the value of a constant", ({ steps }) => {
    const [plain, other] = [arena.first, moved(arena.first)].map((first) =>
      [first, ...arena.edits.map((one) => rewrite(first, ...one.steps))].some(
        (ground) => ground !== null && rewrite(ground, ...steps) !== null,
      ),
    );
    expect([plain, other]).toEqual([true, true]);
  });

  it.each(arena.edits)("have $name, which runs", async ({ name, steps }) => {
    const grounds = [arena.first, ...arena.edits.map((other) => rewrite(arena.first, ...other.steps))];
    const source = grounds
      .filter((ground) => ground !== null)
      .map((ground) => rewrite(ground, ...steps))
      .find((edited) => edited !== null);
    if (source === undefined || source === null) throw new Error(`${name} applies nowhere`);
    const code = compileCandidate(arena, source);
    const asked = { split: "practice", instances: 1, seed: 1 } as const;
    const { evaluations } = await scoreSplit(arena, testRealms, code, asked, never);
    expect(evaluations.length).toBe(arena.manifest.splits.practice);
  });
});
