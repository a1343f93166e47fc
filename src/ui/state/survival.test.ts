import { describe, expect, it } from "vitest";
import type { ExperimentView } from "../../research/index.ts";
import { survival } from "./survival.ts";

const scored = (hidden: ExperimentView["hidden"]) => ({ hidden }) as ExperimentView;

describe("what survives of a gain", () => {
  it("is the test gain beside the validation gain of the same weights", () => {
    const night = [
      scored({ valBpb: 2, testBpb: 2.1 }),
      scored(null),
      scored({ valBpb: 1.9, testBpb: 2.05 }),
      scored({ valBpb: 1.8, testBpb: 1.95 }),
    ];
    expect(survival(night)?.words).toBe("Test gain 0.1500 of validation gain 0.2000.");
  });
  it("says so when the test score got worse", () => {
    const night = [scored({ valBpb: 2, testBpb: 2.1 }), scored({ valBpb: 1.9, testBpb: 2.464 })];
    expect(survival(night)?.words).toBe("Test score got worse by 0.3640, validation score better by 0.1000.");
  });
  it("is unknown before there is a gain, or a test score", () => {
    expect(survival([scored(null)])).toBeNull();
    expect(survival([scored({ valBpb: 2, testBpb: 2.1 })])).toMatchObject({ words: "" });
  });
});
