import { describe, expect, it } from "vitest";
import { setConstants } from "../../source/constants.ts";
import { DROP_ORDER, estimateTokens, fitPrompt } from "../material/fit-prompt.ts";
import { buildPrompt, systemPrompt } from "./prompt.ts";
import { describeCurve } from "./sections/curves.ts";
import { BASELINE, briefOf, entry, SEED } from "../testing/a-study.ts";

const history = [
  BASELINE,
  entry(1, {
    status: "keep",
    valBpb: 1.9,
    incumbentBpb: 2,
    source: setConstants(SEED, { DEPTH: 6 }),
    category: "architecture",
  }),
  ...Array.from({ length: 30 }, (_, i) => entry(i + 2, { parent: 1, reason: "no gain", incumbentBpb: 1.9 })),
  entry(32, { status: "crash", valBpb: null, parent: 1, reason: "train.ts:40: out of memory" }),
];
const brief = briefOf({
  history,
  source: history[1]!.source,
  incumbent: { number: 1, valBpb: 1.9, commit: "c1" },
});
const facts = {
  noise: { sd: 0.0012, runs: 3 },
  budgetSeconds: 300,
  device: "Made-up GPU",
  memoryLimit: 2 ** 31,
  experimentsLeft: 12,
  learnings: Array.from({ length: 80 }, (_, i) => `- #${i} learned\nA pattern ${i}.`).join("\n"),
  notes: ["Try a smaller batch."],
  step: (rows: number) => `Time per kernel, ${rows} rows: matmul 30 ms, attention 10 ms`,
  runs: (number: number) => ({
    steps: 900,
    parameters: 1.2e6,
    peakBytes: 3e8,
    tokensPerSecond: 5e4,
    expected: `less than ${number}`,
    curve: Array.from({ length: 100 }, (_, i) => [i * 3, 6 - 3 * (i / 100)] as const),
  }),
};

describe("a prompt", () => {
  const prompt = buildPrompt(brief, {
    budget: 100_000,
    tools: true,
    facts,
    money: "$4.20 for language models",
    patience: 8,
  });

  it("holds every section", () => {
    for (const part of [
      "Lower val_bpb.",
      "export function matmul",
      "10 | const DEPTH = 6;",
      "To beat: 1.9000 bpb (#1)",
      "standard deviation 0.0012",
      "out of memory",
      "Lesson 5",
      "diff of #32",
      "still falling at the end",
      "Time per kernel, 12 rows: matmul 30 ms",
      "Memory a run may use: 2.00 GiB",
      "architecture 1 (1 kept, 0.1000 gained)",
      "PLATEAU: 31 experiments",
      "LOW NOVELTY",
      "12 experiments, $4.20 for language models",
      "Try a smaller batch.",
      "The incumbent's line: #0, #1.",
      "900 steps, 50.0 k tokens/s, 1.20 M parameters",
      "less than 32",
      "Propose experiment #33",
    ]) {
      expect(prompt.user, part).toContain(part);
    }
    expect(prompt.dropped).toEqual([]);
    expect(prompt.fits).toBe(true);
  });

  it("shows the model the results of its own forecasts alone", () => {
    const fared = (name: string, error: number) => ({
      name,
      scored: 4,
      expected: -0.02,
      came: 0.005,
      error,
      naiveError: 0.01,
      rightDirection: 1,
    });
    const calibration = [fared("openai:m", 0.025), fared("anthropic:n", 0.004)];
    const asked = (self?: string) =>
      buildPrompt(brief, { budget: 100_000, tools: true, facts: { ...facts, calibration }, self }).user;
    expect(asked("openai:m")).toContain(
      "4 forecasts were scored, 1 right in direction. You expected -0.0200 bpb on average, +0.0050 came; you were off by 0.0250 on average, and expecting no change would have been nearer",
    );
    expect(asked("anthropic:n")).toContain(
      "off by 0.0040 on average, and expecting no change would have been off by 0.0100",
    );
    expect(asked("google:o")).not.toContain("forecasts");
    expect(asked()).not.toContain("Your forecasts");
  });

  it("states the budget of a run: seconds, or tokens with a ceiling in seconds", () => {
    expect(prompt.user).toContain("Budget of a run: 5 minutes of training.");
    const inTokens = { ...facts, budgetTokens: 65_536 };
    const { user } = buildPrompt(brief, { budget: 100_000, tools: true, facts: inTokens });
    expect(user).toMatch(/Budget of a run: 65.5 k tokens of training, in at most 5 minutes\./);
  });

  it("has a system prompt that depends on marker and tools alone", () => {
    expect(prompt.system).toBe(systemPrompt(prompt.fence.marker, true));
    expect(systemPrompt("m", false)).toContain("<<<<<<< SEARCH");
    expect(systemPrompt("m", true)).not.toContain("<<<<<<< SEARCH");
  });

  it("fits every budget that holds the required parts, and names the omitted ones", () => {
    let last = Infinity;
    for (const budget of [12_000, 8_000, 6_000, 4_000, 3_200, 2_800]) {
      const { tokens, dropped, fits, user } = buildPrompt(brief, { budget, tools: false, facts });
      expect(fits, String(budget)).toBe(true);
      expect(tokens).toBeLessThanOrEqual(budget);
      expect(tokens).toBeLessThanOrEqual(last);
      last = tokens;
      expect(user).toContain("const DEPTH = 6;");
      expect(user).toContain("Lower val_bpb.");
      if (budget > 3_000) for (const words of dropped) expect(user).toContain(words);
    }
    expect(buildPrompt(brief, { budget: 500, tools: false, facts }).fits).toBe(false);
  });

  it("does not grow with the notebook where it is smallest, and shows every experiment once where it is largest", () => {
    const smallest = [30, 300].map((count) => {
      const more = Array.from({ length: count }, (_, i) =>
        entry(i + 3, { parent: 1, incumbentBpb: 1.9, status: i % 3 ? "discard" : "keep" }),
      );
      const grown = { ...brief, number: count + 3, history: [...history.slice(0, 3), ...more] };
      const largest = buildPrompt(grown, { budget: 1_000_000, tools: false, facts }).user;
      expect(largest.match(/^- #\d+ /gm)).toHaveLength(count + 3);
      expect(new Set(largest.match(/^- #\d+ /gm)).size).toBe(count + 3);
      return buildPrompt(grown, { budget: 1, tools: false, facts }).tokens;
    });
    expect(Math.abs((smallest[0] ?? 0) - (smallest[1] ?? 0))).toBeLessThan(10);
    expect(smallest[1]).toBeLessThan(2_800);
  });

  it("names the running experiment", () => {
    const pending = [{ number: 33, source: SEED, hypothesis: "Wider", category: "architecture" }];
    expect(buildPrompt({ ...brief, pending }, { budget: 50_000, tools: true }).user).toContain(
      '#33 is running now, and its result is not known: [architecture] "Wider"',
    );
  });

  it("counts the tools", () => {
    const size = (beside: number) =>
      buildPrompt(brief, { budget: 50_000, tools: true, facts, beside }).tokens;
    expect(size(1_200) - size(0)).toBe(1_200);
    expect(buildPrompt(brief, { budget: 6_000, tools: true, facts, beside: 1_200 }).tokens).toBeLessThan(
      6_200,
    );
  });

  it("lists rejected proposals with the reason", () => {
    const rejected = [{ source: SEED, hypothesis: "Nothing", reason: "the same program as #0" }];
    expect(buildPrompt({ ...brief, rejected }, { budget: 50_000, tools: true }).user).toContain(
      'sent back with "the same program as #0"',
    );
  });

  it("works for a first experiment with a bare brief", () => {
    const first = buildPrompt(briefOf({ history: [], incumbent: null }), { budget: 20_000, tools: false });
    expect(first.user).toContain("Propose experiment #0");
  });
});

describe("fit", () => {
  it("drops in the stated order and no further than needed", () => {
    const form = (letter: string, sizes: number[]) => sizes.map((size) => () => letter.repeat(size));
    const sections = [
      { name: "notebook" as const, forms: form("c", [300, 100, 0]) },
      { name: "learnings" as const, forms: form("l", [300, 200, 100, 0]) },
      { name: "source" as const, forms: form("s", [320]) },
    ];
    const { dropped, text } = fitPrompt(sections, estimateTokens("x".repeat(730)));
    expect(dropped).toEqual([DROP_ORDER[0][1]]);
    expect(text).toContain("l".repeat(300));
    expect(fitPrompt(sections, estimateTokens("x".repeat(430))).text).toContain("l".repeat(100));
    expect(fitPrompt(sections, 1)).toMatchObject({ fits: false, text: "s".repeat(320) });
  });
});

describe("the shape of a curve", () => {
  const curve = (loss: (t: number) => number) =>
    Array.from({ length: 200 }, (_, i) => [i, loss(i / 199)] as const);
  it("is said in words", () => {
    expect(describeCurve(curve((t) => 6 - 3 * t))).toMatch(/still falling at the end, 0\.5/);
    expect(describeCurve(curve((t) => 3 + 3 * Math.exp(-20 * t)))).toMatch(/flat in the last fifth/);
    expect(describeCurve(curve((t) => (t < 0.5 ? 6 - 6 * t : 3 + 4 * (t - 0.5))))).toMatch(/diverging/);
    expect(describeCurve(curve(() => 6))).toMatch(/never fell/);
    expect(describeCurve(curve((t) => 6 - t)).split(",").length).toBeGreaterThan(11);
  });
});
