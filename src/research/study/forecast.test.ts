import { describe, expect, it } from "vitest";
import { calibrations, comparedForecast, forecastOf } from "./forecast.ts";

describe("a forecast", () => {
  it.each([
    ["-0.01", -0.01],
    ["−0.01 bpb", -0.01],
    ["+0.002", 0.002],
    ["-0.02 to -0.01", -0.015],
    ["-0.02–-0.01", -0.015],
    ["lower by 0.01-0.03", -0.02],
    ["a drop of about 0.02 bpb", -0.02],
    ["Improvement of 1%", -0.02],
    ["0.5-1 % better", -0.015],
    ["slightly worse, 0.004", 0.004],
    ["1.95", -0.05],
    ["val_bpb about 1.95 ± 0.02", -0.05],
    ["1.94-1.96", -0.05],
    ["val_bpb 1.95, down from 2.00", -0.05],
    ["from 2.00 to 1.90", -0.1],
    ["2.00 -> 1.98", -0.02],
    ["1,95", -0.05],
    ["below 1.98 (now 2.0 in #7)", -0.02],
    ["-5e-3", -0.005],
    ["no change", 0],
    ["neutral", 0],
  ])("%j over a score of 2 is %d", (words, change) => {
    expect(forecastOf(words, 2)).toBeCloseTo(change, 6);
  });
  it.each(["", "better", "a lot", "0.01", "it should learn faster in 300 steps", "RoPE2 helps", "n/a", "42"])(
    "%j is no forecast",
    (words) => {
      expect(forecastOf(words, 2)).toBeNull();
    },
  );
  it("is compared where there is an outcome", () => {
    const record = { expected: "-0.1", valBpb: 1.95, incumbentBpb: 2 };
    expect(comparedForecast(record)).toEqual({ expected: -0.1, came: expect.closeTo(-0.05, 6) as number });
    expect(comparedForecast({ ...record, valBpb: null })).toBeNull();
    expect(comparedForecast({ ...record, incumbentBpb: null })).toBeNull();
    expect(comparedForecast({ ...record, expected: null })).toBeNull();
  });
});

it("is scored for each researcher against the measured change, and against a forecast of no change", () => {
  const record = (
    researcher: string,
    expected: string | null,
    valBpb: number | null,
    parent: number | null = 0,
  ) => ({
    researcher,
    expected,
    valBpb,
    parent,
    incumbentBpb: parent === null ? null : 2,
  });
  const [model, other, ...rest] = calibrations([
    record("lab", null, 2, null),
    record("a:model", "-0.10", 1.98),
    record("a:model", "-0.06", 2.02),
    record("a:model", "better", 1.9),
    record("a:model", "-0.10", null),
    record("builtin", null, 1.9),
    record("mcp:agent", "1.97", 1.97),
  ]);
  expect(rest).toEqual([]);
  expect(model).toEqual({
    name: "a:model",
    forecasts: 4,
    scored: 2,
    expected: expect.closeTo(-0.08, 6) as number,
    came: expect.closeTo(0, 6) as number,
    error: expect.closeTo(0.08, 6) as number,
    naiveError: expect.closeTo(0.02, 6) as number,
    rightDirection: 1,
  });
  expect(other).toMatchObject({ name: "mcp:agent", forecasts: 1, scored: 1, rightDirection: 1 });
  expect(other.error).toBeCloseTo(0, 9);
});
