import { describe, expect, it } from "vitest";
import { parseBridgeOptions } from "./options.mjs";
import { serverToken } from "./token.ts";

describe("the flags of the bridge", () => {
  it("have defaults, and pass every word after the agent's name to the agent", () => {
    expect(parseBridgeOptions(["claude", "--model", "opus", "--port", "1"])).toEqual({
      words: ["claude", "--model", "opus", "--port", "1"],
      port: 4601,
      origin: "http://localhost:4600",
      seconds: 600,
    });
    expect(parseBridgeOptions(["--port", "5000", "--timeout=30", "--", "my-agent"])).toMatchObject({
      words: ["my-agent"],
      port: 5000,
      seconds: 30,
    });
    expect(parseBridgeOptions(["--help"])).toBe("help");
  });
  it.each([
    [[], /which agent/],
    [["--port", "0", "claude"], /--port: got "0", expected a whole number from 1 to 65535/],
    [["--timeout", "soon", "claude"], /--timeout/],
    [["--origin", "localhost:4600", "claude"], /--origin/],
    [["--origin", "http://localhost:4600/", "claude"], /--origin/],
    [["--frobnicate", "claude"], /frobnicate/],
  ])("are refused with one line when wrong: %j", (args, message) => {
    expect(() => parseBridgeOptions(args)).toThrow(message);
  });
});

describe("the token", () => {
  it("is random, or the environment's where that cannot be guessed", () => {
    expect(serverToken("BRIDGE_TOKEN", {})).toMatch(/^[\w-]{32}$/);
    expect(serverToken("BRIDGE_TOKEN", {})).not.toBe(serverToken("BRIDGE_TOKEN", {}));
    expect(serverToken("BRIDGE_TOKEN", { BRIDGE_TOKEN: " 0123456789abcdef " })).toBe("0123456789abcdef");
    expect(() => serverToken("BRIDGE_TOKEN", { BRIDGE_TOKEN: "secret" })).toThrow(/at least 16/);
  });
});
