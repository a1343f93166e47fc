import { afterEach, describe, expect, it, vi } from "vitest";
import { parseVerifyOptions } from "./options.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the arguments of verify", () => {
  it("are a bundle, a commit if not the incumbent, and flags with defaults", () => {
    expect(parseVerifyOptions(["package.json"])).toEqual({
      bundle: "package.json",
      commit: null,
      texts: [],
      runs: null,
      adapter: "auto",
      engine: "",
      timeout: 3600,
    });
    const asked = ["package.json", "0a1b2c3", "--text", "README.md", "--runs=2", "--adapter", "software"];
    expect(parseVerifyOptions(asked)).toMatchObject({
      commit: "0a1b2c3",
      texts: ["README.md"],
      runs: 2,
      adapter: "software",
    });
    expect(parseVerifyOptions(["--help"])).toBe("help");
  });
  it("name an engine elsewhere, whose token is in the environment alone", () => {
    const asked = ["package.json", "--engine", "ws://127.0.0.1:4602"];
    vi.stubEnv("ENGINE_TOKEN", "0123456789abcdef");
    expect(parseVerifyOptions(asked)).toMatchObject({ engine: "ws://0123456789abcdef@127.0.0.1:4602" });
    vi.stubEnv("ENGINE_TOKEN", "");
    expect(() => parseVerifyOptions(asked)).toThrow(/^--engine: set ENGINE_TOKEN/);
  });
  it.each([
    [[], /which bundle/],
    [["nowhere.bundle"], /bundle: no such file: nowhere.bundle/],
    [["package.json", "a", "b"], /one commit at a time, got also b/],
    [["package.json", "--runs", "0"], /--runs: got 0, expected a whole number from 1 to 20/],
    [["package.json", "--text", "nowhere.txt"], /--text: no such file/],
    [["package.json", "--adapter", "quantum"], /auto, software or hardware/],
  ])("are refused with one line when wrong: %j", (args, message) => {
    expect(() => parseVerifyOptions(args)).toThrow(message);
  });
});
