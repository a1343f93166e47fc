import { describe, expect, it } from "vitest";
import type { CurrentRun } from "../../research/index.ts";
import { stageDetail, stageProgress, timeLeft, documentTitle } from "./stages.ts";

const run: CurrentRun = {
  number: 3,
  hypothesis: "",
  researcher: "built-in",
  stage: "compiling",
  side: "candidate",
  run: 1,
  detail: "",
  done: 12,
  total: 31,
  startedAt: 0,
  budgetSeconds: 300,
  trainedSeconds: 0,
  step: 0,
  tokens: 0,
  tokensPerSecond: 0,
  loss: null,
  parameters: 0,
  peakBytes: 0,
  glimpse: null,
  source: "",
};

describe("stages", () => {
  it("say how far they are", () => {
    expect(stageDetail(run)).toBe("12 of 31");
    expect(stageDetail({ ...run, detail: "12 of 31 kernels compiled" })).toBe("12 of 31 kernels compiled");
    expect(stageProgress(run)).toBeCloseTo(12 / 31);
    expect(stageProgress({ ...run, total: 0 })).toBeNull();
    expect(stageProgress({ ...run, stage: "training", trainedSeconds: 400 })).toBe(1);
  });
  it("know the time left before, while and after training", () => {
    expect(timeLeft(run)).toBe(300);
    expect(timeLeft({ ...run, stage: "training", trainedSeconds: 28 })).toBe(272);
    expect(timeLeft({ ...run, stage: "scoring", trainedSeconds: 300 })).toBeNull();
  });
  it("title the document", () => {
    expect(documentTitle(null)).toBe("opening — Overnight");
  });
});
