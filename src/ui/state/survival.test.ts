import { describe, expect, it } from "vitest";
import type { ExperimentView } from "../../research/index.ts";
import { survival } from "./survival.ts";

const scored = (hidden: ExperimentView["hidden"]) => ({ hidden }) as ExperimentView;

describe("what survives of a gain", () => {
  it("is the test gain over the validation gain of the same weights", () => {
    const night = [
      scored({ valBpb: 2, testBpb: 2.1 }),
      scored(null),
      scored({ valBpb: 1.9, testBpb: 2.05 }),
      scored({ valBpb: 1.8, testBpb: 1.95 }),
    ];
    expect(survival(night)?.share).toBeCloseTo(0.75, 12);
  });
  it("is unknown before there is a gain, or a test score", () => {
    expect(survival([scored(null)])).toBeNull();
    expect(survival([scored({ valBpb: 2, testBpb: 2.1 })])).toMatchObject({ share: null });
  });
});
