import { describe, expect, it } from "vitest";
import type { ExperimentView } from "../../research/index.ts";
import { survival, survivalWords } from "./survival.ts";

const scored = (hidden: ExperimentView["hidden"]) => ({ hidden }) as ExperimentView;

describe("the share of a gain that survives on the test text", () => {
  it("is the test gain beside the validation gain of the same weights", () => {
    const night = [
      scored({ valBpb: 2, testBpb: 2.1 }),
      scored(null),
      scored({ valBpb: 1.9, testBpb: 2.05 }),
      scored({ valBpb: 1.8, testBpb: 1.95 }),
    ];
    const found = survival(night);
    expect(found?.testGain).toBeCloseTo(0.15, 12);
    expect(found?.validationGain).toBeCloseTo(0.2, 12);
    expect(found && survivalWords(found)).toBe("Test gain 0.1500 of validation gain 0.2000.");
  });
  it("says that the test score got worse, not that minus so many percent survive", () => {
    const found = survival([scored({ valBpb: 2, testBpb: 2.1 }), scored({ valBpb: 1.9, testBpb: 2.4 })]);
    expect(found && survivalWords(found)).toBe(
      "Test score got worse by 0.3000 while the validation score gained 0.1000.",
    );
  });
  it("is unknown before there is a gain, or a test score", () => {
    expect(survival([scored(null)])).toBeNull();
    const first = survival([scored({ valBpb: 2, testBpb: 2.1 })]);
    expect(first && survivalWords(first)).toBe("");
  });
});
