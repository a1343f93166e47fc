// The flags of the headless lab; every one has a default.
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseCapability } from "../../src/researchers/model/keys/capabilities.ts";
import { type ModelConfig, parseModelSpec, PROVIDERS } from "../../src/researchers/model/keys/config.ts";

export interface LabOptions {
  readonly experiments: number; // the baseline included
  readonly budget: number; // seconds
  readonly budgetTokens: number; // 0: the seconds are the budget
  readonly context: number; // 0: the adapter's
  readonly text: string | null;
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
  /** Words about what the model can do, as the flags give them. */
  readonly can: readonly ReturnType<typeof parseCapability>[];
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
      text,
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
      can: { type: "string", multiple: true },
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
      | "cap-dollars",
    fallback: number,
    low: number,
    high: number,
  ) => {
    const given = values[name];
    const value = given === undefined ? fallback : Number(given);
    const fractions: readonly string[] = ["budget", "timeout", "share", "cap-dollars"];
    const whole = fractions.includes(name) || Number.isInteger(value);
    if (!Number.isFinite(value) || !whole || value < low || value > high) {
      throw new Error(`--${name}: got ${given}, expected a number from ${low} to ${high}`);
    }
    return value;
  };
  const file = (name: "text" | "train" | "program") => {
    const path = values[name] ?? null;
    if (path !== null && !(existsSync(path) && statSync(path).isFile()))
      throw new Error(`--${name}: no such file: ${path}`);
    return path;
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
  return {
    experiments: number("experiments", 3, 1, 100_000),
    budget: number("budget", 300, 1, 86_400),
    budgetTokens: number("budget-tokens", 0, 0, 2 ** 29),
    context: number("context", 0, 0, 4096),
    text: file("text"),
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
    can: (values.can ?? []).map(canOf),
    given: new Set(Object.keys(values)),
  };
}

function canOf(text: string): ReturnType<typeof parseCapability> {
  try {
    return parseCapability(text);
  } catch (error) {
    throw new Error(`--can: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
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
