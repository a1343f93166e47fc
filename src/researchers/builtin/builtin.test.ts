import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Brief, HistoryEntry, Researcher } from "../researcher.ts";
import { setConstants } from "../source/constants.ts";
import { normaliseSource } from "../source/normalise.ts";
import { syntaxError } from "../source/parse.ts";
import { builtinResearcher } from "./builtin.ts";
import { randomResearcher } from "./random-researcher.ts";
import { searchSpace, valuesOf } from "../source/space.ts";
import { briefOf } from "./testing/a-study.ts";

const seed = readFileSync(new URL("../../seed/train.ts", import.meta.url), "utf8");
const never = new AbortController().signal;

const baseline: HistoryEntry = {
  number: 0,
  commit: "0".repeat(40),
  parent: null,
  status: "keep",
  valBpb: 3,
  incumbentBpb: null,
  hypothesis: "Baseline",
  category: "baseline",
  researcher: "lab",
  source: seed,
  reason: "",
  lesson: "",
};

const brief = (history: readonly HistoryEntry[], seedNumber = 1): Brief =>
  briefOf(history, { seed: seedNumber });

type Judge = (source: string, category: string) => { status: HistoryEntry["status"]; valBpb: number | null };

/** A study of `count` experiments under a judge. */
async function study(
  researcher: Researcher,
  count: number,
  judge: Judge,
  seedNumber = 1,
): Promise<HistoryEntry[]> {
  const history = [baseline];
  while (history.length <= count) {
    const now = brief(history, seedNumber);
    const { hypothesis, source, category } = await researcher.propose(now, never);
    const { status, valBpb } = judge(source, category);
    const best = now.incumbent?.valBpb ?? Infinity;
    const verdict = status !== "keep" ? status : (valBpb ?? Infinity) < best ? "keep" : "discard";
    history.push({
      ...baseline,
      number: history.length,
      parent: now.incumbent?.number ?? null,
      status: verdict,
      valBpb,
      incumbentBpb: best,
      hypothesis,
      category,
      source,
    });
  }
  return history;
}

describe.each([builtinResearcher, randomResearcher])("%o", (make) => {
  it("never proposes the same train.ts twice in 300 with arbitrary verdicts, and always one that parses", async () => {
    const roll = [...Array(400).keys()].map((i) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32);
    let turn = 0;
    const history = await study(make(), 300, () => {
      const luck = roll[turn++] ?? 0;
      if (luck < 0.04) return { status: "crash", valBpb: null };
      return { status: "keep", valBpb: 3 - turn / 1000 + (luck < 0.15 ? -0.01 : 0.5) };
    });
    const texts = new Set(history.map((entry) => normaliseSource(entry.source)));
    expect(texts.size).toBe(history.length);
    for (const entry of history) {
      expect(syntaxError(entry.source), entry.hypothesis).toBeNull();
      expect(entry.hypothesis).not.toMatch(/undefined|NaN|\n/);
      const { HEAD_DIM = 1, HEADS = 0.5 } = valuesOf(entry.source);
      expect(HEAD_DIM % 2).toBe(0);
      expect(Number.isInteger(HEADS)).toBe(true);
    }
  }, 240_000);

  it("proposes the same for the same seed and history", async () => {
    const judge: Judge = (source) => ({
      status: "keep",
      valBpb: 3 + (normaliseSource(source).length % 7) - 4,
    });
    const runs = await Promise.all([0, 1].map(() => study(make(), 12, judge, 7)));
    expect(runs[0]).toEqual(runs[1]);
    const other = await study(make(), 12, judge, 8);
    expect(other).not.toEqual(runs[0]);
  });

  it("says it is cancelled when it is", async () => {
    const gone = AbortSignal.abort();
    await expect(make().propose(brief([baseline]), gone)).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("the built-in researcher", () => {
  it("stays within the declared ranges", async () => {
    const space = new Map(searchSpace(seed).map((d) => [d.name, d.range]));
    const history = await study(builtinResearcher(), 60, () => ({ status: "keep", valBpb: 4 }));
    for (const entry of history) {
      for (const [name, value] of Object.entries(valuesOf(entry.source))) {
        const range = space.get(name);
        if (!range) continue;
        expect(value, name).toBeGreaterThanOrEqual(range.low);
        expect(value, name).toBeLessThanOrEqual(range.high);
      }
    }
  }, 60_000);

  it("gives the old and the new value", async () => {
    const history = await study(builtinResearcher(), 40, () => ({ status: "keep", valBpb: 4 }));
    const numeric = history.filter((entry) => entry.category === "numeric");
    expect(numeric.length).toBeGreaterThan(10);
    for (const { hypothesis, source } of numeric) {
      const [, name = "", from, to] = /(?:Raise|Lower) (\w+) from (\S+) to ([^\s:,]+)/.exec(hypothesis) ?? [];
      expect(from).toBe(String(valuesOf(seed)[name]));
      expect(to).toBe(String(valuesOf(source)[name]));
    }
    expect(history.some((entry) => !["numeric", "baseline"].includes(entry.category))).toBe(true);
  });

  it("does not propose values at or beyond a crash", async () => {
    const large = setConstants(seed, { DEPTH: 8 });
    const fast = setConstants(seed, { MATRIX_LR: 0.05 });
    const crashed = [large, fast].map((source, i): HistoryEntry => {
      return {
        ...baseline,
        number: i + 1,
        parent: 0,
        status: "crash",
        valBpb: null,
        incumbentBpb: 3,
        category: "numeric",
        source,
      };
    });
    for (let s = 0; s < 60; s++) {
      const { source, category } = await builtinResearcher().propose(brief([baseline, ...crashed], s), never);
      if (category !== "numeric") continue;
      const {
        DEPTH = 0,
        MATRIX_LR = 0,
        HEADS = 0,
        BATCH = 0,
        HEAD_DIM = 0,
        MLP_RATIO = 0,
      } = valuesOf(source);
      expect(MATRIX_LR).toBeLessThan(0.05);
      const nowhereSmaller = HEADS >= 4 && BATCH >= 8 && HEAD_DIM >= 32 && MLP_RATIO >= 4;
      if (DEPTH >= 8) expect(nowhereSmaller).toBe(false);
    }
  });

  it("starts from earlier experiments too on a plateau, and only there", async () => {
    const near: HistoryEntry = {
      ...baseline,
      number: 1,
      parent: 0,
      status: "discard",
      valBpb: 3.01,
      incumbentBpb: 3,
      category: "numeric",
      source: setConstants(seed, { DEPTH: 5 }),
    };
    const forksWith = async (patience: number) => {
      const now = (s: number): Brief => ({ ...brief([baseline, near], s), patience });
      const proposals = [...Array(40).keys()].map((s) => builtinResearcher().propose(now(s), never));
      return (await Promise.all(proposals)).filter(({ base }) => base !== undefined);
    };
    expect(await forksWith(2)).toEqual([]);
    const forks = await forksWith(1);
    expect(forks.length).toBeGreaterThan(3);
    for (const { base, source, hypothesis } of forks) {
      expect(base).toBe(1);
      expect(hypothesis).toMatch(/^From #1 again: /);
      expect(source).not.toContain("const DEPTH = 4;");
    }
  });

  it("does not propose a candidate that is running", async () => {
    const now = brief([baseline]);
    const first = await builtinResearcher().propose(now, never);
    const next = await builtinResearcher().propose({ ...now, pending: [{ ...first, number: 1 }] }, never);
    expect(normaliseSource(next.source)).not.toBe(normaliseSource(first.source));
  });

  it("does not repeat an edit that crashed", async () => {
    const judge: Judge = (_source, category) =>
      category === "numeric" ? { status: "keep", valBpb: 4 } : { status: "crash", valBpb: null };
    const history = await study(builtinResearcher(), 80, judge);
    const edits = history.map((entry) => entry.category).filter((category) => category !== "numeric");
    expect(new Set(edits).size).toBe(edits.length);
  });

  it("beats random search on a smooth landscape with the same number of runs", async () => {
    // Bits per byte as a bowl in unit coordinates of four constants; everything else is neutral.
    const best: Record<string, number> = { MATRIX_LR: 0.06, EMBED_LR: 0.3, HEAD_LR: 0.004, WARMDOWN: 0.8 };
    const judge: Judge = (source) => {
      const values = valuesOf(source);
      const cost = Object.entries(best).map(([name, at]) =>
        name === "WARMDOWN" ? ((values[name] ?? 0) - at) ** 2 : Math.log10((values[name] ?? 1) / at) ** 2,
      );
      return { status: "keep", valBpb: 2 + cost.reduce((a, b) => a + b) };
    };
    const reached = async (make: () => Researcher) => {
      const finals = await Promise.all(
        [1, 2, 3, 4, 5].map(async (s) =>
          Math.min(...(await study(make(), 60, judge, s)).slice(1).map((e) => e.valBpb ?? 9)),
        ),
      );
      return finals.sort((a, b) => a - b)[2] ?? NaN;
    };
    expect(await reached(builtinResearcher)).toBeLessThan(await reached(randomResearcher));
  }, 60_000);

  it("survives any layout of numbers a human may leave", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.stringMatching(/^[A-Z]{2,6}$/), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
          { maxLength: 6 },
        ),
        async (pairs) => {
          const unique = [...new Map(pairs)];
          const source =
            unique.map(([n, v]) => `const ${n} = ${v};`).join("\n") +
            `\nuse(${unique.map(([n]) => n).join()});`;
          const one = { ...baseline, source };
          const outcome = await builtinResearcher()
            .propose(brief([one]), never)
            .catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "proposal" });
          else expect(syntaxError((outcome as { source: string }).source)).toBeNull();
        },
      ),
      { numRuns: 50 },
    );
  });
});
