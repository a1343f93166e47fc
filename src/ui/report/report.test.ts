import { describe, expect, it } from "vitest";
import type { ExperimentView, LabState } from "../../research/index.ts";
import { BLANK_EXPERIMENT } from "../fixtures/blank-experiment.ts";
import { report } from "./report.ts";

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

describe("the morning's report", () => {
  it("says what was found, kept, and how much of it the held-out test shows", () => {
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
      "## How the scores were checked\n\n- causality: proved (No. 0, 2)\n" +
        "- causality: 400 random cuts \\| of rows (No. 1)\n\n## Where",
    );
  });
  it("says what ended a run: the seconds, or the tokens with the seconds as their ceiling", () => {
    const ofSeconds = lab([experiment(0, {})]);
    expect(report(ofSeconds)).toContain("- Budget: 5 minutes a run");
    const { study } = ofSeconds;
    if (study === null) throw new Error("the fixture has a study");
    const settings = { ...study.settings, budgetTokens: 65_536 };
    expect(report({ ...ofSeconds, study: { ...study, settings } })).toMatch(
      /- Budget: .* tokens, at most 5 minutes a run/,
    );
  });

  it("lists what the ablation found", () => {
    const row = {
      number: 2,
      hypothesis: "x",
      status: "rides along",
      claimedGain: 0.1,
      gain: 0.01,
      standardError: 0.02,
    };
    const ablation = {
      incumbent: "c1",
      number: 2,
      rows: [row],
      done: true,
    } as unknown as LabState["ablation"];
    expect(report(lab([experiment(0, {})], { ablation }))).toContain(
      "| 2 | x | no effect alone | +0.1000 | +0.0100 ± 0.0200 |",
    );
  });
  it("holds what researchers expected against what came", () => {
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
    const models = { calibration } as unknown as LabState["models"];
    expect(report(lab([experiment(0, {})], { models }))).toContain(
      "| a:model | 3 | 2 | 1 | −0.0800 | ±0.0000 | 0.0800 | 0.0200 |",
    );
  });
  it("does not exist before there is a verdict", () => {
    expect(report(lab([]))).toBeNull();
    expect(report(lab([experiment(0, {})], { study: null }))).toBeNull();
  });
});
