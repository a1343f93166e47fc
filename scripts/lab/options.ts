// The flags of the headless lab; every one has a default.
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { LabError, messageOf } from "../../src/error.ts";
import { DEFAULT_RESEARCHER, RESEARCHER_SETTINGS } from "../../src/research/contract/researcher-settings.ts";
import { read, sentence, within } from "../../src/research/contract/schema.ts";
import {
  PARAMETERS,
  readSetting,
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from "../../src/research/contract/settings.ts";
import { parseCapability } from "../../src/researchers/model/keys/capabilities.ts";
import { type ModelConfig, parseModelSpec, PROVIDERS } from "../../src/researchers/model/keys/config.ts";
import { engineFlag } from "../engine/flag.ts";
import { checkTexts } from "../text-files.ts";

export interface LabOptions {
  /** The study's settings among the flags. */
  readonly settings: Partial<Settings>;
  readonly experiments: number; // the baseline included; 0: unlimited
  /** Files and folders to be joined in order, or one address; empty: the embedded corpus. */
  readonly texts: readonly string[];
  readonly train: string | null;
  readonly program: string | null;
  readonly out: string | null;
  /** The folder of the lab; null: a temporary one. */
  readonly profile: string | null;
  readonly adapter: "auto" | "software" | "hardware";
  readonly timeout: number | null; // seconds; null: derived from the study's length
  readonly screenshot: string | null;
  /** `builtin`, `random` or a language model's specification. */
  readonly researcher: string;
  readonly model: ModelConfig | null;
  readonly share: number;
  readonly capDollars: number;
  /** Whether to serve an agent over stdio (MCP). */
  readonly mcp: boolean;
  /** How long each experiment waits for a proposal from outside [s]. */
  readonly wait: number;
  /** No researcher fills in when no proposal came in time. */
  readonly alone: boolean;
  /** Where the engine is, as the page stores it; empty: the browser. */
  readonly engine: string;
  /** Capabilities of the model from the flags. */
  readonly can: readonly ReturnType<typeof parseCapability>[];
  /** The names of the given flags: a resumed study keeps its own values for the others. */
  readonly given: ReadonlySet<string>;
}

/** The flags of a study's settings have the names of the page's address parameters. */
const FLAGS = { ...PARAMETERS, budgetTokens: "budget-tokens" } as const satisfies Record<SettingName, string>;

/** Runs `read`; an error becomes one line that begins with the flag's name. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new Error(`--${name}: ${sentence(error)}`, { cause: error });
  }
}

/** Parses the flags; throws a one-line Error for a wrong one. */
export function parseLabOptions(args: readonly string[]): LabOptions | "help" {
  const text = { type: "string" } as const;
  const flags = Object.fromEntries(Object.values(FLAGS).map((flag) => [flag, text])) as Record<
    (typeof FLAGS)[SettingName],
    typeof text
  >;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...flags,
      text: { type: "string", multiple: true },
      train: text,
      program: text,
      out: text,
      profile: text,
      adapter: text,
      timeout: text,
      screenshot: text,
      researcher: text,
      share: text,
      "cap-dollars": text,
      can: { type: "string", multiple: true },
      mcp: { type: "boolean" },
      wait: text,
      alone: { type: "boolean" },
      engine: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const settings = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const given = values[FLAGS[name]];
      return given === undefined ? [] : [[name, named(FLAGS[name], () => readSetting(name, given))]];
    }),
  ) as Partial<Settings>;
  const { mcp = false, alone = false } = values;
  if (alone && !mcp) throw new Error("--alone: needs --mcp, because only the agent proposes");
  const { experiments = mcp ? 0 : 3 } = settings;
  if (experiments === 0 && !mcp)
    throw new Error("--experiments: got 0, expected at least 1: a headless lab needs an end");
  const number = (
    name: "share" | "cap-dollars" | "timeout" | "wait",
    schema: ReturnType<typeof within>,
    fallback: number,
  ) => {
    const given = values[name];
    return given === undefined ? fallback : named(name, () => read(schema, name, given));
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
  if (values.profile === "") throw new Error("--profile: expected the name of a folder");
  const researcher = values.researcher ?? "builtin";
  return {
    settings,
    experiments,
    mcp,
    alone,
    wait: number("wait", RESEARCHER_SETTINGS.waitSeconds, mcp ? 600 : 0),
    texts: checkTexts(values.text ?? []),
    train: file("train"),
    program: file("program"),
    out: values.out ?? null,
    profile: values.profile ?? null,
    adapter,
    timeout: values.timeout === undefined ? null : number("timeout", within(1, 10_000_000), 0),
    screenshot: values.screenshot ?? null,
    researcher,
    model: modelOf(researcher),
    share: number("share", RESEARCHER_SETTINGS.share, DEFAULT_RESEARCHER.share),
    capDollars: number("cap-dollars", RESEARCHER_SETTINGS.capDollars, DEFAULT_RESEARCHER.capDollars),
    engine: engineFlag(values.engine, process.env),
    can: (values.can ?? []).map(canOf),
    given: new Set(Object.keys(values)),
  };
}

function canOf(text: string): ReturnType<typeof parseCapability> {
  try {
    return parseCapability(text);
  } catch (error) {
    throw new Error(`--can: ${messageOf(error)}`, { cause: error });
  }
}

/** The language model of `--researcher`, null for a researcher without one. Throws a one-line Error. */
function modelOf(researcher: string): ModelConfig | null {
  if (researcher === "builtin" || researcher === "random") return null;
  const config = parseModelSpec(researcher);
  if (config.provider === "prompt-api")
    throw new Error("--researcher: headless Chromium has no built-in model");
  return config;
}

/** The key of a model's provider, from the environment only: every process of the machine can see flags. */
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
