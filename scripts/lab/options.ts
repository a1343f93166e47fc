// The flags of the headless lab; every one has a default.
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ModelConfig, parseModelSpec, PROVIDERS } from "../../src/researchers/model/keys/config.ts";

export interface LabOptions {
  readonly experiments: number; // the baseline included; 0: no end
  readonly budget: number; // seconds
  readonly budgetTokens: number; // 0: the seconds are the budget
  readonly context: number; // 0: the adapter's
  /** Files that are joined in order; empty: the embedded corpus. */
  readonly texts: readonly string[];
  readonly train: string | null;
  readonly program: string | null;
  readonly seed: number;
  readonly vocab: number;
  /** How verdicts are reached; auto: paired where a run takes a minute or more. */
  readonly rule: "auto" | "paired" | "karpathy";
  readonly replicates: number; // runs of the baseline under the paired rule
  readonly out: string | null;
  /** The folder the lab is kept in; null: one of its own. */
  readonly profile: string | null;
  readonly adapter: "auto" | "software" | "hardware";
  readonly timeout: number | null; // seconds; null: by the study's length
  readonly screenshot: string | null;
  /** `builtin`, `random` or a language model's specification. */
  readonly researcher: string;
  readonly model: ModelConfig | null;
  readonly share: number;
  readonly capDollars: number;
  /** Whether an agent is served over stdio. */
  readonly mcp: boolean;
  /** Seconds each experiment waits for a proposal from outside. */
  readonly wait: number;
  /** Nobody fills in when none came. */
  readonly alone: boolean;
  /** The flags that were given: a study that goes on keeps what it has where none was. */
  readonly given: ReadonlySet<string>;
}

/** Reads the flags; throws an Error with one line when one is wrong. */
export function parseLabOptions(args: readonly string[]): LabOptions | "help" {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      experiments: text,
      budget: text,
      "budget-tokens": text,
      context: text,
      text: { type: "string", multiple: true },
      train: text,
      program: text,
      seed: text,
      vocab: text,
      rule: text,
      replicates: text,
      out: text,
      profile: text,
      adapter: text,
      timeout: text,
      screenshot: text,
      researcher: text,
      share: text,
      "cap-dollars": text,
      mcp: { type: "boolean" },
      wait: text,
      alone: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const number = (
    name:
      | "experiments"
      | "budget"
      | "budget-tokens"
      | "context"
      | "seed"
      | "vocab"
      | "replicates"
      | "timeout"
      | "share"
      | "cap-dollars"
      | "wait",
    fallback: number,
    low: number,
    high: number,
  ) => {
    const given = values[name];
    const value = given === undefined ? fallback : Number(given);
    const fractions: readonly string[] = ["budget", "timeout", "share", "cap-dollars", "wait"];
    const whole = fractions.includes(name) || Number.isInteger(value);
    if (!Number.isFinite(value) || !whole || value < low || value > high) {
      throw new Error(`--${name}: got ${given}, expected a number from ${low} to ${high}`);
    }
    return value;
  };
  const there = (name: string, path: string) => {
    if (!(existsSync(path) && statSync(path).isFile())) throw new Error(`--${name}: no such file: ${path}`);
    return path;
  };
  const file = (name: "train" | "program") => {
    const path = values[name];
    return path === undefined ? null : there(name, path);
  };
  const adapter = values.adapter ?? "auto";
  if (adapter !== "auto" && adapter !== "software" && adapter !== "hardware") {
    throw new Error(`--adapter: got ${adapter}, expected auto, software or hardware`);
  }
  const rule = values.rule ?? "auto";
  if (rule !== "auto" && rule !== "paired" && rule !== "karpathy") {
    throw new Error(`--rule: got ${rule}, expected auto, paired or karpathy`);
  }
  if (values.profile === "") throw new Error("--profile: expected the name of a folder");
  const researcher = values.researcher ?? "builtin";
  const { mcp = false, alone = false } = values;
  if (alone && !mcp) throw new Error("--alone: nobody proposes without --mcp");
  return {
    mcp,
    alone,
    wait: number("wait", mcp ? 600 : 0, 0, 10_000_000),
    experiments: number("experiments", mcp ? 0 : 3, mcp ? 0 : 1, 100_000),
    budget: number("budget", 300, 1, 86_400),
    budgetTokens: number("budget-tokens", 0, 0, 2 ** 29),
    context: number("context", 0, 0, 4096),
    texts: (values.text ?? []).map((path) => there("text", path)),
    train: file("train"),
    program: file("program"),
    seed: number("seed", 1, 0, 2 ** 31 - 1),
    vocab: number("vocab", 1024, 256, 8192),
    rule,
    replicates: number("replicates", 3, 1, 20),
    out: values.out ?? null,
    profile: values.profile ?? null,
    adapter,
    timeout: values.timeout === undefined ? null : number("timeout", 0, 1, 10_000_000),
    screenshot: values.screenshot ?? null,
    researcher,
    model: modelOf(researcher),
    share: number("share", 0.3, 0, 1),
    capDollars: number("cap-dollars", 5, 0, 10_000),
    given: new Set(Object.keys(values)),
  };
}

/** The language model of `--researcher`, null for those that need none. Throws an Error with one line. */
function modelOf(researcher: string): ModelConfig | null {
  if (researcher === "builtin" || researcher === "random") return null;
  const config = parseModelSpec(researcher);
  if (config.provider === "prompt-api")
    throw new Error("--researcher: headless Chromium has no built-in model");
  return config;
}

/** The key of a model's provider, from the environment alone: flags are seen by every process of the machine. */
export function keyFromEnvironment(
  { provider }: ModelConfig,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const { keyVariable, needsKey, name } = PROVIDERS[provider];
  const key = keyVariable === null ? "" : (environment[keyVariable] ?? "").trim();
  if (key !== "") return key;
  if (needsKey)
    throw new Error(`${name} needs a key: set ${keyVariable ?? "its variable"} in the environment`);
  return null;
}
