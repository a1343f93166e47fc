// The settings of a study before it starts. They may also come from the address, so that a link or a script can
// ask for a 20-second budget: ?budget=20&seed=1&vocab=256&experiments=3.

import type { Settings } from "../research/index.ts";

/** The settings a form asks for. */
export type FormName = "budgetSeconds" | "experiments" | "vocabSize" | "seed";
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
export const FIELDS: Readonly<Record<FormName, Field>> = {
  budgetSeconds: {
    label: "Budget per run",
    unit: "seconds",
    help: "Every experiment trains exactly this long. Five minutes is the rule of the house.",
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
    help: "The same seed, text and machine propose the same experiments. Seeds belong to the lab.",
    min: 0,
    max: 4_294_967_295,
    whole: true,
    parameter: "seed",
    fallback: 1,
  },
};

export const FIELD_NAMES = Object.keys(FIELDS) as readonly FormName[];

/** What is wrong with one field as one line, or null. */
export function fieldError(name: FormName, text: string): string | null {
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
  if (FIELD_NAMES.some((name) => fieldError(name, form[name]) !== null)) return null;
  return {
    budgetSeconds: Number(form.budgetSeconds),
    experiments: Number(form.experiments),
    vocabSize: Number(form.vocabSize),
    seed: Number(form.seed),
  };
}

/** The form a page opens with: defaults, overridden by what the address says where that is valid. */
export function initialForm(search: string): SettingsForm {
  const query = new URLSearchParams(search);
  const read = (name: FormName): string => {
    const asked = query.get(FIELDS[name].parameter);
    return asked !== null && fieldError(name, asked) === null ? asked : String(FIELDS[name].fallback);
  };
  return {
    budgetSeconds: read("budgetSeconds"),
    experiments: read("experiments"),
    vocabSize: read("vocabSize"),
    seed: read("seed"),
  };
}

/** The form that shows the settings of an existing study. */
export function formOf(settings: FormSettings): SettingsForm {
  return {
    budgetSeconds: String(settings.budgetSeconds),
    experiments: String(settings.experiments),
    vocabSize: String(settings.vocabSize),
    seed: String(settings.seed),
  };
}
