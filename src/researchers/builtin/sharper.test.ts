// The strategy of the built-in researcher: it screens by large steps, repeats a step that won, never runs a source that
// cannot differ, widens a range whose edge wins, removes old additions, and weighs noise and cost.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConstants, setConstants, setRange } from "../source/constants.ts";
import { foldSource } from "../source/fold.ts";
import { normaliseSource } from "../source/normalise.ts";
import { searchSpace, toUnit, valuesOf } from "../source/space.ts";
import { stepCost } from "./cost.ts";
import { catalogue } from "./edits/catalogue.ts";
import { builtinResearcher } from "./builtin.ts";
import { related } from "./knowledge.ts";
import { remember } from "./memory.ts";
import { proposeMove } from "./numeric.ts";
import { seeded } from "./random.ts";
import { proposeRemoval } from "./removal.ts";
import { proposeScreening, proposeToGoOn } from "./screen.ts";
import { surrogate } from "./surrogate.ts";
import { briefOf, historyOf, type Trial } from "./testing/a-study.ts";
import { widened } from "./widen.ts";
import { describeEdit, describeMove, describeRemoval } from "./words.ts";

const seed = readFileSync(new URL("../../seed/train.ts", import.meta.url), "utf8");
const edit = (name: string) => catalogue.find((one) => one.name === name) ?? expect.fail(`no edit ${name}`);
const arena = { noise: 0, endsByTokens: true };

describe("screening", () => {
  it("moves every constant once, alone and far, before it moves one again; sizes and rates come first", () => {
    const trials: Trial[] = [{ source: seed, valBpb: 3 }];
    const spans: [name: string, span: number][] = [];
    for (;;) {
      const memory = remember(briefOf(historyOf(...(trials as [Trial, ...Trial[]]))));
      const move = proposeScreening(seed, searchSpace(seed), memory, seeded(trials.length));
      if (!move) break;
      expect(move.changes.length).toBe(1);
      const [{ dimension, to }] = move.changes;
      const span = Math.abs(toUnit(dimension.range, to) - toUnit(dimension.range, dimension.value));
      spans.push([dimension.name, span]);
      trials.push({ source: move.source, valBpb: 4 });
    }
    const order = spans.map(([name]) => name);
    // Only where the edge of the range shortened the first step is there a second one.
    for (const { name } of searchSpace(seed)) {
      const mine = spans.filter(([one]) => one === name).map(([, span]) => span);
      expect(mine.at(-1), name).toBeGreaterThan(0.12);
      for (const span of mine.slice(0, -1)) expect(span, name).toBeLessThan(0.15);
    }
    expect(order.slice(0, 6)).toContain("HEAD_DIM");
    expect(order.slice(0, 8)).toContain("DEPTH");
    expect(order.slice(0, 6)).toContain("MATRIX_LR");
  });

  it("goes on by the same step where one constant alone won clearly, and not where noise explains it", () => {
    const faster = setConstants(seed, { HEAD_LR: 0.03 });
    const brief = briefOf(historyOf({ source: seed, valBpb: 3 }, { source: faster, valBpb: 2.9 }));
    const goOn = (noise: number) => proposeToGoOn(faster, searchSpace(faster), remember(brief), noise);
    expect(valuesOf(goOn(0.01)?.source ?? "").HEAD_LR).toBeCloseTo(0.09, 2);
    expect(goOn(0.06)).toBeNull();
  });
});

describe("a candidate that cannot differ", () => {
  it("is found by equal graph and numbers in any spelling", () => {
    const memory = remember(briefOf(historyOf({ source: seed, valBpb: 3 }), { seqLen: 32 }));
    expect(memory.seen(edit("attention-window").apply(seed) ?? "")).toBe(true);
    expect(
      memory.seen(seed.replace("const WIDTH = HEADS * HEAD_DIM", "const WIDTH = HEAD_DIM * HEADS")),
    ).toBe(true);
    expect(memory.seen(setConstants(seed, { HEADS: 3 }))).toBe(false);
  });

  it("is known by the rehearsal that found it equal, which is no failure", () => {
    const history = historyOf({ source: setConstants(seed, { WARMUP: 0.01 }), valBpb: 3 });
    const moved = setConstants(seed, { WARMUP: 0.03 });
    const rejection = { source: moved, hypothesis: "", category: "numeric", reason: "cannot differ from #0" };
    const memory = remember(briefOf(history, { rejected: [{ ...rejection, equal: 0 }] }));
    expect(memory.seen(moved)).toBe(true);
    expect(memory.inert("WARMUP", 0.01, 0.02)).toBe(true);
    expect(memory.forbidden({ WARMUP: 0.01 }, { WARMUP: 0.05 })).toBe(false);
    expect(memory.tried.get("numeric")).toMatchObject({ inert: true, crashed: false });
    expect(
      remember(briefOf(history, { rejected: [rejection] })).forbidden({ WARMUP: 0.01 }, { WARMUP: 0.05 }),
    ).toBe(true);
  });

  it("is found by earlier changes that left the score equal, until many other constants have changed", () => {
    const trials: [Trial, ...Trial[]] = [
      { source: setConstants(seed, { WARMUP: 0.01 }), valBpb: 3 },
      { source: setConstants(seed, { WARMUP: 0.03 }), valBpb: 3 },
    ];
    const memory = remember(briefOf(historyOf(...trials)));
    expect(memory.inert("WARMUP", 0.01, 0.02)).toBe(true);
    expect(memory.inert("WARMUP", 0.01, 0.05)).toBe(false);
    for (let i = 0; i < 8; i++)
      trials.push({ source: setConstants(seed, { DEPTH: 5 + i, WARMUP: 0.01 }), valBpb: 2 - i / 10 });
    expect(remember(briefOf(historyOf(...trials))).inert("WARMUP", 0.01, 0.02)).toBe(false);
  });
});

describe("a range whose edge wins", () => {
  const source =
    "const RATE = 0.1; // how fast (0.001..0.1 log)\nconst SIZE = 16; // how much (8..16 step 8)\nuse(RATE, SIZE);\n";
  const start = setConstants(source, { RATE: 0.01, SIZE: 8 });
  const at = (values: Record<string, number>) => setConstants(start, values);
  const space = (text: string, trials: Trial[], endsByTokens = false) => {
    const memory = remember(briefOf(historyOf({ source: start, valBpb: 3 }, ...trials)));
    return Object.fromEntries(searchSpace(text).map((d) => [d.name, widened(d, memory, endsByTokens).range]));
  };

  it("grows beyond that edge, in the search and in the comment", () => {
    const won = [{ source: at({ RATE: 0.1 }), valBpb: 2.5 }];
    expect(space(at({ RATE: 0.1 }), won).RATE.high).toBeGreaterThan(0.2);
    expect(space(at({ RATE: 0.1 }), won).RATE.low).toBe(0.001);
    const memory = remember(briefOf(historyOf({ source: start, valBpb: 3 }, ...won)));
    const move = proposeToGoOn(
      at({ RATE: 0.1 }),
      searchSpace(at({ RATE: 0.1 })).map((d) => widened(d, memory, false)),
      memory,
      0,
    );
    const declared = parseConstants(move?.source ?? "").find(({ name }) => name === "RATE");
    expect(declared?.value).toBeGreaterThan(0.1);
    expect(declared?.range).toMatchObject({ low: 0.001, scale: "log" });
    expect(declared?.range?.high).toBeGreaterThanOrEqual(declared?.value ?? NaN);
    expect(describeMove(move ?? expect.fail("no move"), memory, false)).toContain(
      "range ended at 0.1, which was kept in #1",
    );
  });

  it("does not grow where the edge lost, or was where the study began", () => {
    expect(space(at({ RATE: 0.1 }), [{ source: at({ RATE: 0.1 }), valBpb: 3.5 }]).RATE.high).toBe(0.1);
    expect(space(source, []).RATE.high).toBe(0.1);
  });

  it("grows for a size where seconds end a run, and not where its range is all that limits it", () => {
    const won = [{ source: at({ SIZE: 16 }), valBpb: 2.5 }];
    expect(space(at({ SIZE: 16 }), won).SIZE.high).toBe(24);
    const named = (text: string) => text.replaceAll("SIZE", "HEAD_DIM");
    const memory = remember(
      briefOf(historyOf({ source: named(start), valBpb: 3 }, { source: named(at({ SIZE: 16 })), valBpb: 2 })),
    );
    const dimension =
      searchSpace(named(at({ SIZE: 16 }))).find(({ name }) => name === "HEAD_DIM") ?? expect.fail();
    expect(widened(dimension, memory, false).range.high).toBe(24);
    expect(widened(dimension, memory, true).range.high).toBe(16);
  });

  it("keeps a fraction below 1", () => {
    const part = (value: number) => `const P = ${value}; // part (0.5..0.99)\nuse(P);`;
    const memory = remember(
      briefOf(historyOf({ source: part(0.9), valBpb: 3 }, { source: part(0.99), valBpb: 2 })),
    );
    const range = widened(searchSpace(part(0.99))[0] ?? expect.fail(), memory, false).range;
    expect(range.high).toBeGreaterThan(0.99);
    expect(range.high).toBeLessThan(1);
  });

  it("replaces the old range, and nothing else of the comment", () => {
    expect(setRange(source, "SIZE", { low: 8, high: 24 })).toBe(source.replace("8..16 step", "8..24 step"));
    expect(setRange("const A = 1; // a [1, 2] log\n", "A", { low: 1, high: 4 })).toBe(
      "const A = 1; // a [1..4] log\n",
    );
    expect(setRange("const A = 1; // a\n", "A", { low: 1, high: 4 })).toBe("const A = 1; // a\n");
  });
});

describe("an addition that stopped paying", () => {
  const withBias = edit("token-bias").apply(seed) ?? "";
  const withBoth = edit("mlp-swiglu").apply(withBias) ?? "";
  const later = [5, 6, 7, 8, 9].map((DEPTH, i) => ({
    source: setConstants(withBoth, { DEPTH }),
    valBpb: 2.5 - i / 10,
  }));
  const trials: [Trial, ...Trial[]] = [
    { source: seed, valBpb: 3 },
    { source: withBias, valBpb: 2.999, category: "token-bias" },
    { source: withBoth, valBpb: 2.6, category: "mlp-swiglu" },
    ...later,
  ];

  it("is taken out again, the one that had gained least first, with the numbers as they are now", () => {
    const brief = briefOf(historyOf(...trials));
    const removal = proposeRemoval(brief, remember(brief), catalogue) ?? expect.fail("nothing is taken out");
    expect(removal.edit.name).toBe("token-bias");
    const without = setConstants(edit("mlp-swiglu").apply(seed) ?? "", { DEPTH: 9 });
    expect(normaliseSource(removal.source)).toBe(normaliseSource(without));
    expect(describeRemoval(removal)).toMatch(
      /^Remove the addition of #1 \(the logits get a bias per token\): it was kept for -0\.0010, 6 more/,
    );
  });

  it("stays where it is young, was asked about not long ago, or other hands rewrote the file since", () => {
    const young = briefOf(historyOf(...(trials.slice(0, 5) as [Trial, ...Trial[]])));
    expect(proposeRemoval(young, remember(young), catalogue)).toBeNull();
    const asked = briefOf(
      historyOf(...trials, { source: `${seed}\n// tried`, valBpb: 4, category: "remove-token-bias" }),
    );
    expect(proposeRemoval(asked, remember(asked), catalogue)?.edit.name).not.toBe("token-bias");
    const rewritten = (later.at(-1)?.source ?? "").replace("softcap(SOFTCAP)", "softcap(2 * SOFTCAP)");
    const others = briefOf(historyOf(...trials, { source: rewritten, valBpb: 1, category: "human" }));
    expect(proposeRemoval(others, remember(others), catalogue)).toBeNull();
  });
});

describe("noise and cost", () => {
  const space = searchSpace("const X = 0.5; // (0..1)\nuse(X);\n");
  const lucky = 0.9;
  const seen = Array.from({ length: 11 }, (_, i) => i / 10).map((X) => ({
    values: { X },
    skeleton: "a",
    valBpb: 2 + (X - 0.5) ** 2 - (X === lucky ? 0.2 : 0),
  }));

  it("does not run after a lucky score where seeds are known to differ by so much", () => {
    const where = (noise: number) => {
      const incumbent = { values: { X: lucky }, skeleton: "a" };
      const worth = surrogate(space, seen, incumbent, noise).improvement;
      return worth({ X: 0.88 }) / worth({ X: 0.55 });
    };
    expect(where(0)).toBeGreaterThan(2);
    expect(where(0.02)).toBeLessThan(0.5);
  });

  it("learns a token's cost as a function of the sizes, and starts from the count of operations", () => {
    const before = stepCost([]);
    expect(before({ DEPTH: 4, HEAD_DIM: 32 }) / before({ DEPTH: 2, HEAD_DIM: 32 })).toBeGreaterThan(1.5);
    const measured = [1, 2, 4, 8, 16].flatMap((DEPTH) =>
      [8, 16, 32].map((HEAD_DIM) => ({
        values: { DEPTH, HEAD_DIM },
        skeleton: "",
        valBpb: 1,
        secondsPerToken: 1e-4 * HEAD_DIM ** 2,
      })),
    );
    const after = stepCost(measured);
    expect(after({ DEPTH: 8, HEAD_DIM: 32 }) / after({ DEPTH: 4, HEAD_DIM: 32 })).toBeLessThan(1.2);
    expect(after({ DEPTH: 4, HEAD_DIM: 32 }) / after({ DEPTH: 4, HEAD_DIM: 16 })).toBeGreaterThan(3);
  });
});

describe("moves together", () => {
  it("are of one kind, or promise more than each alone, and the hypothesis says so", () => {
    const trials: Trial[] = [{ source: seed, valBpb: 3 }];
    for (let i = 0; i < 30; i++) {
      const brief = briefOf(historyOf(...(trials as [Trial, ...Trial[]])));
      const memory = remember(brief);
      const move = proposeMove(seed, memory, seeded(i), arena) ?? expect.fail("no move");
      const words = describeMove(move, memory, true);
      expect(words).not.toMatch(/same time|undefined|NaN/);
      const claims = words.includes("expects more of them together than of one alone");
      expect(claims).toBe(move.together === true);
      const names = new Set(move.changes.map(({ dimension }) => dimension.name));
      const apart = [...names].some((name) => !related(name, [...names][0]));
      // What has nothing to do with each other moves together only for that reason.
      if (move.reason === "regression" && apart) expect(claims).toBe(true);
      trials.push({ source: move.source, valBpb: 3.1 + i / 100 });
    }
    expect(new Set(trials.map(({ source }) => foldSource(source))).size).toBe(trials.length);
  });
});

describe("hypotheses", () => {
  it("speak of no experiment that never ran", () => {
    const history = historyOf({ source: setConstants(seed, { WARMUP: 0.01 }), valBpb: 3 });
    const moved = setConstants(seed, { WARMUP: 0.03 });
    const equal = { source: moved, hypothesis: "", category: "numeric", reason: "", equal: 0 };
    const memory = remember(briefOf(history, { rejected: [equal] }));
    const dimension = searchSpace(seed).find(({ name }) => name === "WARMUP") ?? expect.fail("no WARMUP");
    const move = { source: moved, changes: [{ dimension, to: 0.2 }], reason: "search" as const };
    expect(describeMove(move, memory, true)).not.toContain("#");
  });

  it("say with the regression what it expects of a move, as a number", async () => {
    const told: [Told, ...Told[]] = [{ source: seed, valBpb: 3 }];
    const forecasts: string[] = [];
    for (let i = 0; i < 40; i++) {
      const brief = briefOf(historyOf(...told), { endsByTokens: true });
      const { source, expected } = await builtinResearcher([]).propose(brief, new AbortController().signal);
      if (expected !== undefined) forecasts.push(expected);
      told.push({ source, valBpb: 3 + ((i * 7) % 11) / 100 });
    }
    expect(forecasts.length).toBeGreaterThan(10);
    for (const expected of forecasts) expect(expected).toMatch(/^[+-]\d+\.\d{4}$/);
  });

  it("speak of time saved only where seconds end a run", () => {
    for (const one of catalogue)
      expect(describeEdit(one, true), one.name).not.toMatch(/steps saved|same time|cheaper/);
    expect(describeEdit(edit("multi-query"), false)).toContain("the steps saved");
  });
});
