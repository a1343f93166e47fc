// Candidates and evaluators in the browser's sandbox: the same scores as in Node's realms, and an end in one line for each
// hostile one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ARENAS } from "../../src/arenas/index.ts";
import { compileCandidate, meanScore, scoreSplit } from "../../src/arenas/run/score-candidate.ts";
import { HOSTILE, hostileFor } from "../../src/arenas/testing/hostile.ts";
import { INSTANCES, OWN_FILES } from "../../src/arenas/testing/own-arena.ts";
import { testRealms } from "../../src/arenas/testing/realms.ts";
import { openLabPage, type LabPage } from "../runner/lab-page.ts";
import type { Asked, Told } from "./page/lab-worker.ts";

let lab: LabPage<Asked, Told>;
beforeAll(async () => {
  lab = await openLabPage("tests/arenas/page/index.html");
}, 120_000);
afterAll(() => lab.close());

const ask = async (asked: Partial<Asked> & Pick<Asked, "source">) => {
  const told = await lab.ask({ arena: "", split: "practice", most: 4, probed: false, ...asked });
  expect(told.error).toBe(undefined);
  return told;
};

describe.each(ARENAS)("$manifest.id in the browser", (arena) => {
  const { id } = arena.manifest;

  it("gives its first candidate the score that Node gives", async () => {
    const code = compileCandidate(arena, arena.first);
    const asked = { split: "practice", instances: 1, seed: 1, most: 4 } as const;
    const node = await scoreSplit(arena, testRealms, code, asked, new AbortController().signal);
    const told = await ask({ arena: id, source: arena.first });
    // Versions of an engine round Math.exp and powers differently in the last digit.
    expect(told.score).toBeCloseTo(meanScore(node), 9);
    expect(lab.outside).toEqual([]);
  });

  it.each(HOSTILE)("ends %s", async (_name, text, reason) => {
    const told = await ask({ arena: id, source: hostileFor(arena.manifest, text) });
    expect(told.code).toMatch(/^(crash|invalid)$/);
    expect(told.reason).toMatch(reason);
    expect(told.reason).not.toContain("\n");
  });

  it.each(arena.known.cheats.filter(({ expect: outcome }) => outcome === "caught"))(
    "catches $name",
    async ({ source }) => {
      const told = await ask({ arena: id, source, split: "validation", probed: true });
      expect(told.code).toMatch(/^(crash|invalid)$/);
    },
  );
});

describe("an arena of one's own in the browser", () => {
  const own = (evaluate: string) =>
    ask({ texts: { ...OWN_FILES, "evaluate.ts": INSTANCES + evaluate }, source: OWN_FILES["solution.ts"] });

  it("scores its candidate in a realm of its own", async () => {
    const told = await ask({ texts: OWN_FILES, source: OWN_FILES["solution.ts"] });
    expect(told).toMatchObject({ score: expect.any(Number) as number });
  });

  it.each([
    [
      "the clock",
      "export const evaluate = () => ({ score: Date.now(), metrics: { relative: 1 }, words: '' });",
    ],
    ["an endless loop", "export function evaluate() { for (;;) {} }"],
    ["a network", "export const evaluate = () => fetch('https://example.com');"],
    [
      "a score that is none",
      "export const evaluate = () => ({ score: NaN, metrics: { relative: 1 }, words: '' });",
    ],
    ["a throw", "export function evaluate() { throw new Error('no'); }"],
  ])("ends an evaluator with %s", async (_name, evaluate) => {
    const told = await own(evaluate);
    expect(told.code).toBe("arena");
    expect(told.reason).not.toContain("\n");
  });
});
