import { afterEach, describe, expect, it, vi } from "vitest";
import { keyFromEnvironment, parseLabOptions } from "./options.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the flags of the headless lab", () => {
  it("have defaults", () => {
    expect(parseLabOptions([])).toMatchObject({
      settings: {},
      experiments: 3,
      adapter: "auto",
      texts: [],
    });
  });
  it("are read", () => {
    expect(
      parseLabOptions([
        "--experiments",
        "2",
        "--budget=20",
        "--seed",
        "7",
        "--text",
        "package.json",
        "--text=README.md",
      ]),
    ).toMatchObject({
      settings: { experiments: 2, budgetSeconds: 20, seed: 7 },
      experiments: 2,
      texts: ["package.json", "README.md"],
    });
    expect(parseLabOptions(["--budget-tokens", "8192", "--context=32"])).toMatchObject({
      settings: { budgetTokens: 8192, context: 32 },
    });
    expect(parseLabOptions(["--help"])).toBe("help");
  });
  it("name an engine elsewhere, whose token is in the environment alone", () => {
    expect(parseLabOptions([])).toMatchObject({ engine: "" });
    vi.stubEnv("ENGINE_TOKEN", "0123456789/abcdef");
    expect(parseLabOptions(["--engine", "ws://127.0.0.1:4602"])).toMatchObject({
      engine: "ws://0123456789%2Fabcdef@127.0.0.1:4602",
    });
    expect(parseLabOptions(["--engine", "browser"])).toMatchObject({ engine: "" });
    const far = () => parseLabOptions(["--engine", "ws://10.0.0.1:4602"]);
    expect(far).toThrow("--engine: got ws://…@10.0.0.1:4602, expected ws://TOKEN@127.0.0.1:PORT");
    vi.stubEnv("ENGINE_TOKEN", "");
    expect(() => parseLabOptions(["--engine", "ws://127.0.0.1:4602"])).toThrow(/^--engine: set ENGINE_TOKEN/);
  });
  it.each([
    [["--experiments", "0"], /--experiments: got 0, expected at least 1/],
    [["--experiments", "1.5"], /--experiments/],
    [["--budget", "soon"], /--budget: got soon/],
    [["--budget-tokens", "1.5"], /--budget-tokens/],
    [["--vocab", "100"], /from 256 to 8192/],
    [["--text", "nowhere.txt"], /no such file: nowhere.txt/],
    [["--adapter", "quantum"], /auto, software or hardware/],
    [["--rule", "luck"], /--rule: got luck, expected auto, paired or karpathy/],
    [["--replicates", "0"], /--replicates/],
    [["--frobnicate"], /frobnicate/],
    [["--researcher", "oracle:x"], /no such provider/],
    [["--researcher", "compatible:qwen3"], /needs an address/],
    [["--researcher", "anthropic:"], /needs the name of a model/],
    [["--share", "30"], /--share: got 30, expected a number from 0 to 1/],
    [["--cap-dollars", "-1"], /--cap-dollars/],
    [["--alone"], /--alone: needs --mcp/],
    [["--mcp", "--wait=-1"], /--wait: .*-1/],
    [["--can", "wings=yes"], /--can: no such capability, got wings=yes/],
    [["--can", "context=12"], /--can: capability context, got 12/],
    [["--can", "tools=maybe"], /--can: capability tools, got NaN, expected yes or no/],
    [["--key", "sk-secret"], /key/],
  ])("are refused with one line when wrong: %j", (args, message) => {
    expect(() => parseLabOptions(args)).toThrow(message);
  });

  it("choose a researcher", () => {
    expect(parseLabOptions([])).toMatchObject({
      researcher: "builtin",
      model: null,
      share: 0.3,
      capDollars: 5,
    });
    expect(parseLabOptions(["--researcher", "random"])).toMatchObject({ researcher: "random", model: null });
    expect(
      parseLabOptions(["--researcher", "compatible:qwen3:8b@http://localhost:11434/v1", "--share=0.5"]),
    ).toMatchObject({
      model: { provider: "compatible", model: "qwen3:8b", address: "http://localhost:11434/v1" },
      share: 0.5,
    });
  });
  it("serve an agent, and wait for it", () => {
    expect(parseLabOptions([])).toMatchObject({ mcp: false, wait: 0, alone: false });
    expect(parseLabOptions(["--mcp"])).toMatchObject({ experiments: 0, wait: 600, alone: false });
    expect(parseLabOptions(["--mcp", "--wait=5", "--alone", "--experiments=4"])).toMatchObject({
      experiments: 4,
      wait: 5,
      alone: true,
    });
  });
  it("leave keys to the environment", () => {
    const model = { provider: "anthropic", model: "m" } as const;
    expect(keyFromEnvironment(model, { ANTHROPIC_API_KEY: " abc " })).toBe("abc");
    expect(() => keyFromEnvironment(model, {})).toThrow(/set ANTHROPIC_API_KEY/);
    const local = { provider: "compatible", model: "m", address: "http://localhost:1/v1" } as const;
    expect(keyFromEnvironment(local, {})).toBeNull();
  });
});
