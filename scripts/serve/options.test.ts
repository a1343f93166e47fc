import { describe, expect, it } from "vitest";
import { parseServeOptions } from "./options.mjs";

describe("the flags of npm start", () => {
  it("have defaults", () => {
    expect(parseServeOptions([])).toEqual({ port: 4600, hosts: [], address: null });
  });
  it("are read", () => {
    expect(
      parseServeOptions(["--port=8080", "--host", "lab.example.org", "--host", "box", "--listen", "0.0.0.0"]),
    ).toEqual({ port: 8080, hosts: ["lab.example.org", "box"], address: "0.0.0.0" });
    expect(parseServeOptions(["-h"])).toBe("help");
  });
  it.each(["0", "65536", "-1", "1.5", "4e3", "0x10", " 80", "", "port", "99999999999999999999", "８０"])(
    "refuse the port %j",
    (port) => {
      expect(() => parseServeOptions([`--port=${port}`])).toThrow(
        `--port: got ${JSON.stringify(port)}, expected a whole number from 1 to 65535`,
      );
    },
  );
  it.each(["", "a b", "http://lab.example.org", "lab.example.org:80", "-x", "a/b", "*"])(
    "refuse the host %j",
    (name) => {
      expect(() => parseServeOptions([`--host=${name}`])).toThrow(/^--host: got /);
    },
  );
  it.each([["--port"], ["--host"], ["--frobnicate"], ["4600"]])("refuse %j", (...args) => {
    expect(() => parseServeOptions(args)).toThrow();
  });
});
