import { describe, expect, it } from "vitest";
import { parseLabOptions } from "./options.ts";

describe("the flags of the headless lab", () => {
  it("have defaults", () => {
    expect(parseLabOptions([])).toMatchObject({
      experiments: 3,
      budget: 300,
      seed: 1,
      vocab: 1024,
      adapter: "auto",
      rule: "auto",
      replicates: 3,
      text: null,
    });
  });
  it("are read", () => {
    expect(
      parseLabOptions(["--experiments", "2", "--budget=20", "--seed", "7", "--text", "package.json"]),
    ).toMatchObject({
      experiments: 2,
      budget: 20,
      seed: 7,
      text: "package.json",
    });
    expect(parseLabOptions(["--help"])).toBe("help");
  });
  it.each([
    [["--experiments", "0"], /--experiments: got 0, expected a number from 1/],
    [["--experiments", "1.5"], /--experiments/],
    [["--budget", "soon"], /--budget: got soon/],
    [["--vocab", "100"], /from 256 to 8192/],
    [["--text", "nowhere.txt"], /no such file: nowhere.txt/],
    [["--adapter", "quantum"], /auto, software or hardware/],
    [["--rule", "luck"], /--rule: got luck, expected auto, paired or karpathy/],
    [["--replicates", "0"], /--replicates/],
    [["--frobnicate"], /frobnicate/],
  ])("are refused with one line when wrong: %j", (args, message) => {
    expect(() => parseLabOptions(args)).toThrow(message);
  });
});
