// The settings of a study: defaults, what the page's address may say, and the check that every one is in its range.
import { LabError } from "../../error.ts";
import type { RuleChoice, Settings, StudyView } from "./lab-state.ts";

/** Five minutes, the seed's vocabulary, no end, and three seeds to know the noise by. */
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

type NumberName =
  | "budgetSeconds"
  | "budgetTokens"
  | "context"
  | "seed"
  | "vocabSize"
  | "experiments"
  | "replicates"
  | "cap"
  | "minimumGain";

interface Bounds {
  readonly parameter: string;
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

const BOUNDS: Readonly<Record<NumberName, Bounds>> = {
  budgetSeconds: { parameter: "budget", low: 1, high: 86_400, whole: false },
  budgetTokens: { parameter: "tokens", low: 0, high: 2 ** 29, whole: true },
  context: { parameter: "context", low: 0, high: 4096, whole: true },
  seed: { parameter: "seed", low: 0, high: 2 ** 32 - 1, whole: true },
  vocabSize: { parameter: "vocab", low: 256, high: 8192, whole: true },
  experiments: { parameter: "experiments", low: 0, high: 100_000, whole: true },
  replicates: { parameter: "replicates", low: 1, high: 20, whole: true },
  cap: { parameter: "cap", low: 1, high: 20, whole: true },
  minimumGain: { parameter: "mingain", low: 0, high: 1, whole: false },
};

/** Settings that are one of a few words; `earlystop=1` is on. */
const WORDS = { rule: ["auto", "paired", "karpathy"], earlystop: ["0", "1"] } as const;

const NAMES = Object.keys(BOUNDS) as readonly NumberName[];

/** Defaults, overridden by what is given. Throws LabError `value` for a number outside its range. */
export function completeSettings(given: Partial<Settings>, defaults: Settings = DEFAULT_SETTINGS): Settings {
  const settings = { ...defaults, ...given };
  for (const name of NAMES) {
    const { low, high, whole, parameter } = BOUNDS[name];
    const value: unknown = settings[name];
    if (
      typeof value !== "number" ||
      !(value >= low && value <= high) ||
      (whole && !Number.isInteger(value))
    ) {
      throw new LabError("value", {
        what: `setting ${parameter}`,
        got: String(value),
        expected: `a ${whole ? "whole " : ""}number from ${low} to ${high}`,
      });
    }
  }
  if (!WORDS.rule.includes(settings.rule)) {
    throw new LabError("value", {
      what: "setting rule",
      got: String(settings.rule),
      expected: WORDS.rule.join(", "),
    });
  }
  return settings;
}

/** What a study keeps from its first commit on. */
const FIXED = [
  ...(["budgetSeconds", "budgetTokens", "context", "vocabSize", "seed"] as const),
  ...(["rule", "replicates", "cap", "minimumGain", "earlyStop"] as const),
];

/**
 * Settings to go on with a study: its own, overridden by what is given; a rule of "auto" is the one it has. Throws LabError
 * `value` for what the study keeps, and for a number outside its range.
 */
export function settingsToGoOn(
  { tag, settings: own }: Pick<StudyView, "tag" | "settings">,
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

// The paired rule triples the baseline; below a minute a run, a lab is being tried out, and the first verdicts matter
// more than their certainty.
const SHORT = 60; // seconds

/** The rule a new study gets. */
export function chosenRule({ rule, budgetSeconds }: Settings): "paired" | "karpathy" {
  if (rule !== "auto") return rule;
  return budgetSeconds >= SHORT ? "paired" : "karpathy";
}

/** What `?budget=20&seed=1&vocab=256&experiments=3&rule=paired` asks for; what is not valid there is left out and named. */
export function settingsFromAddress(search: string): {
  settings: Partial<Settings>;
  ignored: readonly string[];
} {
  const query = new URLSearchParams(search);
  const settings: Partial<Record<NumberName, number>> & { rule?: RuleChoice; earlyStop?: boolean } = {};
  const ignored: string[] = [];
  for (const name of ["rule", "earlystop"] as const) {
    const text = query.get(name);
    const word = WORDS[name].find((one) => one === text);
    if (text !== null && word === undefined) ignored.push(`${name}=${text}`);
    else if (word === "0" || word === "1") settings.earlyStop = word === "1";
    else if (word !== undefined) settings.rule = word;
  }
  for (const name of NAMES) {
    const text = query.get(BOUNDS[name].parameter);
    if (text === null) continue;
    const value = text.trim() === "" ? NaN : Number(text);
    try {
      completeSettings({ [name]: value });
      settings[name] = value;
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      ignored.push(`${BOUNDS[name].parameter}=${text}`);
    }
  }
  return { settings, ignored };
}
