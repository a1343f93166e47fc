import { describe, expect, it } from "vitest";
import { parseArenaOptions } from "./lab.ts";

describe("the flags of an arena's study", () => {
  it("have defaults", () => {
    const { instances, ...options } = parseArenaOptions(["--arena", "bin-packing"]);
    expect(options).toEqual({
      arena: "bin-packing",
      experiments: 40,
      seed: 1,
      researcher: "builtin",
      rule: "paired",
      out: "bin-packing.bundle",
    });
    expect(Number.isInteger(instances)).toBe(true);
    expect(parseArenaOptions(["--arena", "x", "--instances", "7"]).instances).toBe(7);
  });

  it.each([
    [["--experiments", "0"], "--experiments: got 0, expected a whole number from 1 to 100000"],
    [["--experiments", "many"], "--experiments: got many"],
    [["--seed", "-1"], "--seed"],
    [["--instances", "1.5"], "--instances: got 1.5"],
    [["--researcher", "openai:gpt"], "--researcher: got openai:gpt, expected builtin or random"],
    [["--rule", "luck"], "--rule: got luck, expected paired or karpathy"],
    [["--budget", "20"], "--budget"],
  ])("name the fault of %j in one line", (flags, line) => {
    expect(() => parseArenaOptions(["--arena", "bin-packing", ...flags])).toThrow(line);
  });
});
