import { describe, expect, it } from "vitest";
import { parseEngineOptions } from "./options.mjs";

describe("the flags of the engine", () => {
  it("have defaults", () => {
    expect(parseEngineOptions([])).toEqual({ port: 4602, origin: "http://localhost:4600" });
    expect(parseEngineOptions(["--port", "5000", "--origin=https://lab.example"])).toEqual({
      port: 5000,
      origin: "https://lab.example",
    });
    expect(parseEngineOptions(["-h"])).toBe("help");
  });
  it.each([
    [["--port", "0"], /--port: got "0", expected a whole number from 1 to 65535/],
    [["--port", "x"], /--port/],
    [["--origin", "localhost:4600"], /--origin/],
    [["--origin", "http://localhost:4600/"], /--origin/],
    [["--frobnicate"], /frobnicate/],
    [["here"], /here/],
  ])("are refused with one line when wrong: %j", (args, message) => {
    expect(() => parseEngineOptions(args)).toThrow(message);
  });
});
