import { describe, expect, it } from "vitest";
import type { ExperimentView, LabState } from "../../research/index.ts";
import { GPT_ARENA } from "../../research/contract/arena-view.ts";
import { BLANK_EXPERIMENT } from "../fixtures/blank-experiment.ts";
import { numbered } from "./blocks.ts";
import { htmlReport } from "./picture.ts";
import { toMarkdown } from "./markdown.ts";
import { reportOf } from "./report.ts";

const report = (of: LabState): string | null => {
  const made = reportOf(of);
  return made === null ? null : toMarkdown(made);
};

const experiment = (number: number, more: Partial<ExperimentView>): ExperimentView => ({
  ...BLANK_EXPERIMENT,
  number,
  commit: `c${number}`.padEnd(40, "0"),
  hypothesis: `idea ${number}`,
  valBpb: 3 - number / 10,
  reason: "because",
  ...more,
});

const lab = (experiments: readonly ExperimentView[], more: Partial<LabState> = {}): LabState =>
  ({
    study: {
      tag: "nov20",
      createdAt: 0,
      settings: { budgetSeconds: 300, budgetTokens: 0, seed: 1, rule: "paired" },
      corpusName: "x",
      seqLen: 128,
      windows: 40,
      incumbent: "c1",
      bestBpb: 2.8,
      noise: { deviation: 0.002, degrees: 2 },
    },
    corpus: null,
    device: null,
    ablation: null,
    experiments,
    ...more,
  }) as unknown as LabState;

describe("numbers in a sentence", () => {
  it("are spans where more than two follow each other", () => {
    const words = (numbers: readonly number[]) =>
      numbered(numbers)
        .map((part) => (typeof part === "object" && "experiment" in part ? part.experiment : part))
        .join("");
    expect(words([3])).toBe("3");
    expect(words([3, 4])).toBe("3 and 4");
    expect(words([0, 1, 2, 3, 7, 9, 10])).toBe("0 to 3, 7, 9 and 10");
  });
});

describe("the morning's report", () => {
  it("gives the best score, the kept changes, and the share of the gain that the held-out test shows", () => {
    const text = report(
      lab([
        experiment(0, { hidden: { valBpb: 3, testBpb: 3.2 } }),
        experiment(1, { status: "crash", valBpb: null, reason: "train.ts:3: it threw" }),
        experiment(2, { hidden: { valBpb: 2.8, testBpb: 3.1 }, hypothesis: "a | b\nand more" }),
      ]),
    );
    expect(text).toContain(
      "The best of 3 experiments has 2.8000 bits per byte, a gain of +0.2000 since the first score.",
    );
    expect(text).toContain("2 kept, 0 discarded, 1 crashed, 0 invalid.");
    expect(text).toContain("from 3.2000 to 3.1000");
    expect(text).toContain("Test gain 0.1000 of validation gain 0.2000.");
    expect(text).toContain("| 1 | crash | – | 1 | built-in | idea 1 | train.ts:3: it threw |");
    expect(text).toContain("a \\| b and more"); // stays in its cell
    expect(text).not.toContain("Which gains are real"); // nothing was ablated
    expect(text).toContain("Noise between seeds: 0.0020 (2 degrees of freedom)");
  });
  it("says how the scores were checked, once for all that were checked alike", () => {
    const probes = (detail: string) => [
      { name: "finite", passed: true, detail: "every logit" },
      { name: "causality", passed: true, detail },
    ];
    const text = report(
      lab([
        experiment(0, { probes: probes("proved") }),
        experiment(1, { probes: probes("400 random cuts | of rows") }),
        experiment(2, { probes: probes("proved") }),
        experiment(3, { valBpb: null, status: "invalid", probes: probes("it reads ahead") }),
      ]),
    );
    expect(text).toContain(
      "## How the scores were checked\n\n- causality: proved (No. 0 and 2)\n" +
        "- causality: 400 random cuts \\| of rows (No. 1)\n\n## Every",
    );
  });
  it("states the budget of a run: seconds, or tokens with a ceiling in seconds", () => {
    const ofSeconds = lab([experiment(0, {})]);
    expect(report(ofSeconds)).toContain("- Budget: 5 minutes a run");
    const { study } = ofSeconds;
    if (study === null) throw new Error("the fixture has a study");
    const settings = { ...study.settings, budgetTokens: 65_536 };
    expect(report({ ...ofSeconds, study: { ...study, settings } })).toMatch(
      /- Budget: .* tokens, at most 5 minutes a run/,
    );
  });

  it("lists the results of the ablation", () => {
    const row = {
      number: 2,
      hypothesis: "x",
      status: "rides along",
      claimedGain: 0.1,
      gain: 0.01,
      standardError: 0.02,
      better: 0.6,
    };
    const ablation = {
      incumbent: "c1",
      number: 2,
      rows: [row],
      done: true,
    } as unknown as LabState["ablation"];
    expect(report(lab([experiment(0, {})], { ablation }))).toContain(
      "| 2 | no effect alone | +0.0100 ± 0.0200 | 0.60 | +0.1000 | x |",
    );
  });
  it("compares the researchers' forecasts with the measured changes", () => {
    const calibration = [
      {
        name: "a:model",
        forecasts: 3,
        scored: 2,
        rightDirection: 1,
        expected: -0.08,
        came: 0,
        error: 0.08,
        naiveError: 0.02,
      },
    ];
    const models = { calibration, money: { experiments: [] } } as unknown as LabState["models"];
    expect(report(lab([experiment(0, {})], { models }))).toContain(
      "| a:model | 3 | 2 | 1 | −0.0800 | ±0.0000 | 0.0800 | 0.0200 |",
    );
  });
  it("lists failed experiments with reasons: the closest misses, and the causes that ended the others", () => {
    const text = report(
      lab([
        experiment(0, {}),
        experiment(1, { status: "discard", valBpb: 3.4, incumbentBpb: 3, lesson: "far off" }),
        experiment(2, { status: "discard", valBpb: 3.01, incumbentBpb: 3, lesson: "nearly" }),
        experiment(3, { status: "crash", valBpb: null, reason: "train.ts:3: it threw" }),
        experiment(4, { status: "crash", valBpb: null, reason: "train.ts:9:2: it threw" }),
        experiment(5, { status: "invalid", valBpb: null, reason: "it looked ahead" }),
      ]),
    );
    expect(text).toMatch(/\| 2 \| 3\.0100 \| −0\.0100 \| idea 2 \| nearly \|\n\| 1 \|/);
    expect(text).toContain("- Crashed: it threw (No. 3 and 4)\n- Invalid: it looked ahead (No. 5)");
  });
  it("shows a sample of the first and of the current model", () => {
    const text = report(
      lab([experiment(0, { sample: "qqq" }), experiment(1, { sample: "the cat\nsat", commit: "c1" })]),
    );
    expect(text).toContain("Before: No. 0, 3.0000\n\n> qqq");
    expect(text).toContain("After: No. 1, 2.9000\n\n> the cat\n> sat");
  });
  it("is one HTML file with the chart, whose numbers lead to their experiments, and nothing to fetch or run", () => {
    const html = htmlReport(
      lab([experiment(0, {}), experiment(1, { hypothesis: "<script>alert(1)</script>", sample: "a < b" })]),
    );
    expect(html).toContain('<tr id="e1"><th scope="row">1</th>');
    expect(html).toContain('<a href="#e1">1</a>');
    expect(html).toContain("<svg xmlns=");
    expect(html).toContain("&lt;script&gt;");
    expect(html).not.toMatch(/<script|<link|<img|url\(|@import/);
    expect(html?.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  });
  it("speaks of an arena's own unit, and of no text, in an arena that trains no model", () => {
    const arena = {
      ...GPT_ARENA,
      id: "knots",
      title: "Knots",
      unit: "% over",
      score: "score",
      trains: false,
    };
    const words = { validation: "validation set", test: "held-out test set" };
    const made = lab([
      experiment(0, { hidden: { valBpb: 3, testBpb: 3.2 }, sample: "3 bins" }),
      experiment(1, { hidden: { valBpb: 2.8, testBpb: 3 } }),
    ]);
    const of = { ...made, study: made.study && { ...made.study, arena: { ...arena, ...words } } };
    const text = report(of) ?? "";
    expect(text).toContain("2.8000 % over");
    expect(text).toContain("held-out test set");
    expect(text).toContain("Arena: Knots");
    for (const whole of [text, htmlReport(of) ?? ""])
      expect(whole).not.toMatch(/bits per byte|val_bpb|order-5|tokens|\btext\b.*which no researcher/i);
  });
  it("does not exist before there is a verdict", () => {
    expect(report(lab([]))).toBeNull();
    expect(report(lab([experiment(0, {})], { study: null }))).toBeNull();
  });
});
