// The settings of a study: one schema for the lab, the form, the page's address and the command line.
import { LabError } from "../../error.ts";
import type { ArenaChoice } from "./arena-view.ts";
import { check, flag, oneOf, read, sentence, type ValuesOf, wholeWithin, within } from "./schema.ts";

export const SETTINGS = {
  budgetSeconds: within(1, 86_400),
  /** Initial weights and the order of the batches come from it. */
  seed: wholeWithin(0, 2 ** 32 - 1),
  vocabSize: wholeWithin(256, 8192),
  /** Stop by itself after this many experiments, the baseline included; 0: never. */
  experiments: wholeWithin(0, 100_000),
  /** Tokens of training of every run, the seconds then being a ceiling; 0: the seconds are the budget. */
  budgetTokens: wholeWithin(0, 2 ** 29),
  /** Tokens of context; 0: the default of the adapter's tier. */
  context: wholeWithin(0, 4096),
  /** `auto`: paired for budgets of a minute and more, Karpathy's for shorter ones. */
  rule: oneOf(["auto", "paired", "karpathy"]),
  /** Runs of the baseline under the paired rule: they measure the noise between seeds. */
  replicates: wholeWithin(1, 20),
  /** Runs of a candidate at most, under the paired rule. */
  cap: wholeWithin(1, 20),
  /** A gain below this [bits per byte] is not kept under the paired rule. */
  minimumGain: within(0, 1),
  /** Stop a run that is far behind the incumbent's loss curve at the same moment. */
  earlyStop: flag(),
} as const;

export interface Settings extends ValuesOf<typeof SETTINGS> {
  /** The study's first train.ts; absent: the seed, sized for the adapter. */
  readonly train?: string | undefined;
  /** The study's first program.md; absent: the one on the page. */
  readonly program?: string | undefined;
  /** Absent: the GPT's. */
  readonly arena?: ArenaChoice | undefined;
}

/** Five minutes, the seed's vocabulary, no limit, and three seeds to measure the noise. */
export const DEFAULT_SETTINGS: Settings = {
  budgetSeconds: 300,
  seed: 1,
  vocabSize: 1024,
  experiments: 0,
  budgetTokens: 0,
  context: 0,
  rule: "auto",
  replicates: 3,
  cap: 3,
  minimumGain: 0,
  earlyStop: false,
};

/** Settings with a value of one word, by their names in the address; the command line has `--budget-tokens` for one. */
export const PARAMETERS = {
  budgetSeconds: "budget",
  budgetTokens: "tokens",
  context: "context",
  seed: "seed",
  vocabSize: "vocab",
  experiments: "experiments",
  rule: "rule",
  replicates: "replicates",
  cap: "cap",
  minimumGain: "mingain",
  earlyStop: "earlystop",
} as const satisfies Partial<Record<keyof Settings, string>>;

export type SettingName = keyof typeof PARAMETERS;
export const SETTING_NAMES = Object.keys(PARAMETERS) as readonly SettingName[];

/** Parses a setting's text. Throws LabError `value`. */
export function readSetting<Name extends SettingName>(name: Name, text: string): Settings[Name] {
  return read(SETTINGS[name], PARAMETERS[name], text) as Settings[Name];
}

/** Defaults, overridden by `given`. Throws LabError `value` for a value outside its range. */
export function completeSettings(given: Partial<Settings>, defaults: Settings = DEFAULT_SETTINGS): Settings {
  const settings = { ...defaults, ...given };
  for (const name of SETTING_NAMES) check(SETTINGS[name], PARAMETERS[name], settings[name]);
  return settings;
}

/** Settings that a study keeps from its first commit on. */
const FIXED = [
  ...(["budgetSeconds", "budgetTokens", "context", "vocabSize", "seed"] as const),
  ...(["rule", "replicates", "cap", "minimumGain", "earlyStop"] as const),
];

/**
 * Settings to go on with a study: its own, overridden by `given`; rule "auto" stands for the study's own. Throws
 * LabError `value` for a change of a setting that the study keeps, and for a value outside its range.
 */
export function settingsToGoOn(
  { tag, settings: own }: { readonly tag: string; readonly settings: Settings },
  given: Partial<Settings>,
): Settings {
  const { rule, ...rest } = given;
  const settings = completeSettings(rule === undefined || rule === "auto" ? rest : given, own);
  const other = FIXED.find((name) => settings[name] !== own[name]);
  if (other) {
    throw new LabError("value", {
      what: `study ${tag} keeps its ${other}`,
      got: String(settings[other]),
      expected: String(own[other]),
      hint: "begin a new study",
    });
  }
  return settings;
}

// The paired rule triples the baseline. Runs shorter than this serve to try the lab out, where an early first verdict
// matters more than its certainty.
const SHORT = 60; // seconds

/** The rule a new study gets. */
export function chosenRule({ rule, budgetSeconds }: Settings): "paired" | "karpathy" {
  if (rule !== "auto") return rule;
  return budgetSeconds >= SHORT ? "paired" : "karpathy";
}

/** The settings in `?budget=20&seed=1&vocab=256&experiments=3&rule=paired`; invalid ones are left out and named. */
export function settingsFromAddress(search: string): {
  settings: Partial<Settings>;
  ignored: readonly string[];
} {
  const query = new URLSearchParams(search);
  const settings: [SettingName, unknown][] = [];
  const ignored: string[] = [];
  for (const name of SETTING_NAMES) {
    const text = query.get(PARAMETERS[name]);
    if (text === null) continue;
    try {
      settings.push([name, readSetting(name, text)]);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      ignored.push(`${PARAMETERS[name]}: ${sentence(error)}`);
    }
  }
  return { settings: Object.fromEntries(settings), ignored };
}
