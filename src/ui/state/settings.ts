// The form of a study's settings before it starts: its labels, and its text while it is typed. The lab's schema decides
// which values are valid. The address may fill it in: ?budget=20&seed=1&vocab=256&experiments=3.
import type { Settings } from "../../research/index.ts";
import {
  DEFAULT_SETTINGS,
  readSetting,
  SETTINGS,
  settingsFromAddress,
} from "../../research/contract/settings.ts";
import { refusal } from "../../research/contract/schema.ts";

/** The settings of the form. */
export type NumberName =
  | "budgetSeconds"
  | "experiments"
  | "vocabSize"
  | "seed"
  | "budgetTokens"
  | "context"
  | "replicates"
  | "cap"
  | "minimumGain";
export type ChoiceName = "rule" | "earlyStop";
export type FormName = NumberName | ChoiceName;
type FormSettings = Pick<Settings, FormName>;

/** A form holds plain text, so that a half-typed value is possible. */
export type SettingsForm = Readonly<Record<FormName, string>>;

interface Field {
  readonly label: string;
  readonly unit: string;
  readonly help: string;
}

/** Fields in the order the form shows them. */
export const FIELDS: Readonly<Record<NumberName, Field>> = {
  budgetSeconds: {
    label: "Budget per run",
    unit: "seconds",
    help: "Every experiment trains exactly this long. Default: 5 minutes.",
  },
  experiments: {
    label: "Stop after",
    unit: "experiments",
    help: "The baseline counts as one. 0 means never: it goes on until you stop it.",
  },
  vocabSize: {
    label: "Vocabulary",
    unit: "tokens",
    help: "256 is plain bytes; up to 8,192 byte pairs. Fixed for the whole study.",
  },
  seed: {
    label: "Seed",
    unit: "",
    help: "The same seed, text and machine propose the same experiments.",
  },
  budgetTokens: {
    label: "Budget in tokens",
    unit: "tokens",
    help: "Every run trains on exactly so many, on any machine; the seconds are then a ceiling. 0: the seconds decide.",
  },
  context: {
    label: "Context",
    unit: "tokens",
    help: "The length of a row of text. 0: what suits this machine.",
  },
  replicates: {
    label: "Baseline runs",
    unit: "seeds",
    help: "Under the paired rule the baseline runs under this many seeds, to measure how far they alone move a score.",
  },
  cap: {
    label: "Max runs per candidate",
    unit: "runs",
    help: "A near tie is run again, in turn with the incumbent, up to this many times.",
  },
  minimumGain: {
    label: "Minimum gain",
    unit: "bits per byte",
    help: "A smaller gain is not worth its code, however certain.",
  },
};

interface Choice {
  readonly label: string;
  readonly help: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}

/** Settings that are one of a few words. */
export const CHOICES: Readonly<Record<ChoiceName, Choice>> = {
  rule: {
    label: "Rule",
    help: "Paired keeps gains beyond the noise. Karpathy’s keeps any lower score, seed noise included.",
    options: [
      ["auto", "paired from a minute a run"],
      ["paired", "paired, noise measured"],
      ["karpathy", "Karpathy’s: any lower score"],
    ],
  },
  earlyStop: {
    label: "Stop losing runs early",
    help: "Stops a run whose loss has not reached the incumbent’s loss at half the time.",
    options: [
      ["0", "off"],
      ["1", "on"],
    ],
  },
};

const NAMES = [...Object.keys(FIELDS), ...Object.keys(CHOICES)] as readonly FormName[];

/** The error of one field in one line, or null. */
export const fieldError = (name: FormName, text: string): string | null => refusal(SETTINGS[name], text);

/** The settings of a form, or null while any field is wrong. */
export function parseSettings(form: SettingsForm): FormSettings | null {
  if (NAMES.some((name) => fieldError(name, form[name]) !== null)) return null;
  return Object.fromEntries(NAMES.map((name) => [name, readSetting(name, form[name])])) as FormSettings;
}

/** The form that a page opens with: defaults, overridden by the valid settings of the address. */
export const initialForm = (search: string): SettingsForm =>
  formOf({ ...DEFAULT_SETTINGS, ...settingsFromAddress(search).settings });

/** The form that shows the settings of an existing study. */
export function formOf(settings: FormSettings): SettingsForm {
  const text = (value: FormSettings[FormName]) => (typeof value === "boolean" ? Number(value) : value);
  return Object.fromEntries(NAMES.map((name) => [name, String(text(settings[name]))])) as SettingsForm;
}
