// The settings of a study before it starts. They may also come from the address, so that a link or a script can
// ask for a 20-second budget: ?budget=20&seed=1&vocab=256&experiments=3.

import type { Settings } from "../../research/index.ts";

/** The settings a form asks for. */
export type NumberName =
  "budgetSeconds" | "experiments" | "vocabSize" | "seed" | "replicates" | "cap" | "minimumGain";
export type ChoiceName = "rule" | "earlyStop";
export type FormName = NumberName | ChoiceName;
export type FormSettings = Pick<Settings, FormName>;

/** A form holds text until it is valid, so that typing is never fought. */
export type SettingsForm = Readonly<Record<FormName, string>>;

interface Field {
  readonly label: string;
  readonly unit: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly parameter: string;
  readonly fallback: number;
}

/** Fields in the order the form shows them; bounds are inclusive and the same as the lab's own. */
export const FIELDS: Readonly<Record<NumberName, Field>> = {
  budgetSeconds: {
    label: "Budget per run",
    unit: "seconds",
    help: "Every experiment trains exactly this long. Default: 5 minutes.",
    min: 1,
    max: 86_400,
    whole: false,
    parameter: "budget",
    fallback: 300,
  },
  experiments: {
    label: "Stop after",
    unit: "experiments",
    help: "The baseline counts as one. 0 means never: it goes on until you stop it.",
    min: 0,
    max: 100_000,
    whole: true,
    parameter: "experiments",
    fallback: 0,
  },
  vocabSize: {
    label: "Vocabulary",
    unit: "tokens",
    help: "256 is plain bytes; up to 8,192 byte pairs. Fixed for the whole study.",
    min: 256,
    max: 8192,
    whole: true,
    parameter: "vocab",
    fallback: 1024,
  },
  seed: {
    label: "Seed",
    unit: "",
    help: "The same seed, text and machine propose the same experiments.",
    min: 0,
    max: 4_294_967_295,
    whole: true,
    parameter: "seed",
    fallback: 1,
  },
  replicates: {
    label: "Baseline runs",
    unit: "seeds",
    help: "Under the paired rule the baseline runs this many times, to measure the seed noise.",
    min: 1,
    max: 20,
    whole: true,
    parameter: "replicates",
    fallback: 3,
  },
  cap: {
    label: "Max runs",
    unit: "per candidate",
    help: "A near tie is run again, in turn with the best, up to this many times.",
    min: 1,
    max: 20,
    whole: true,
    parameter: "cap",
    fallback: 3,
  },
  minimumGain: {
    label: "Minimum gain",
    unit: "bits per byte",
    help: "A smaller gain is not worth its code, however certain.",
    min: 0,
    max: 1,
    whole: false,
    parameter: "mingain",
    fallback: 0,
  },
};

interface Choice {
  readonly label: string;
  readonly help: string;
  readonly parameter: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}

/** Settings that are one of a few words; the first is the default. */
export const CHOICES: Readonly<Record<ChoiceName, Choice>> = {
  rule: {
    label: "Rule",
    help: "Paired keeps what is better beyond the noise. Karpathy’s keeps whatever is lower, luck included.",
    parameter: "rule",
    options: [
      ["auto", "paired from a minute a run"],
      ["paired", "paired, noise measured"],
      ["karpathy", "Karpathy’s: better than the current best"],
    ],
  },
  earlyStop: {
    label: "Losing runs",
    help: "A run is stopped when its loss has not reached what the best’s was at half the time.",
    parameter: "earlystop",
    options: [
      ["0", "run to the end"],
      ["1", "are stopped early"],
    ],
  },
};

const NUMBER_NAMES = Object.keys(FIELDS) as readonly NumberName[];
const CHOICE_NAMES = Object.keys(CHOICES) as readonly ChoiceName[];

/** What is wrong with one field as one line, or null. */
export function fieldError(name: NumberName, text: string): string | null {
  const field = FIELDS[name];
  const value = Number(text.trim());
  if (text.trim() === "" || !Number.isFinite(value)) return "A number is needed.";
  if (field.whole && !Number.isInteger(value)) return "A whole number is needed.";
  if (value < field.min) return `At least ${field.min.toLocaleString("en")}.`;
  if (value > field.max) return `At most ${field.max.toLocaleString("en")}.`;
  return null;
}

/** The settings of a form, or null while any field is wrong. */
export function parseSettings(form: SettingsForm): FormSettings | null {
  if (NUMBER_NAMES.some((name) => fieldError(name, form[name]) !== null)) return null;
  const rule = (["auto", "paired", "karpathy"] as const).find((word) => word === form.rule) ?? "auto";
  return {
    budgetSeconds: Number(form.budgetSeconds),
    experiments: Number(form.experiments),
    vocabSize: Number(form.vocabSize),
    seed: Number(form.seed),
    rule,
    replicates: Number(form.replicates),
    cap: Number(form.cap),
    minimumGain: Number(form.minimumGain),
    earlyStop: form.earlyStop === "1",
  };
}

/** The form a page opens with: defaults, overridden by what the address says where that is valid. */
export function initialForm(search: string): SettingsForm {
  const query = new URLSearchParams(search);
  const number = (name: NumberName): string => {
    const asked = query.get(FIELDS[name].parameter);
    return asked !== null && fieldError(name, asked) === null ? asked : String(FIELDS[name].fallback);
  };
  const choice = (name: ChoiceName): string => {
    const { options, parameter } = CHOICES[name];
    const asked = query.get(parameter);
    return (options.find(([value]) => value === asked) ?? options[0])?.[0] ?? "";
  };
  const entries = [
    ...NUMBER_NAMES.map((name) => [name, number(name)]),
    ...CHOICE_NAMES.map((name) => [name, choice(name)]),
  ];
  return Object.fromEntries(entries) as SettingsForm;
}

/** The form that shows the settings of an existing study. */
export function formOf(settings: FormSettings): SettingsForm {
  const number = (name: NumberName) => [name, String(settings[name])] as const;
  const words = { rule: settings.rule, earlyStop: settings.earlyStop ? "1" : "0" };
  return { ...Object.fromEntries(NUMBER_NAMES.map(number)), ...words } as SettingsForm;
}
