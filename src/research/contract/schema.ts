// The accepted values of settings, and one sentence for a value that is not. The lab's commands, the form, the page's address
// and the command line all use them. Own code, because the page needs them before Start and a library is ten times as large.
import { LabError } from "../../error.ts";

/** One setting: how its text is read, and which values it accepts. */
export interface Setting<T> {
  readonly kind: "number" | "boolean" | "text";
  /** The accepted values in words: `a whole number from 256 to 8192`. */
  readonly expected: string;
  accepts(value: unknown): value is T;
}

/** The type of a setting's value. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The values of a table of settings. */
export type ValuesOf<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** A number from `low` to `high`, both included. */
export const within = (low: number, high: number): Setting<number> => ({
  kind: "number",
  expected: `a number from ${low} to ${high}`,
  accepts: (value): value is number => typeof value === "number" && value >= low && value <= high,
});

export const wholeWithin = (low: number, high: number): Setting<number> => {
  const { accepts } = within(low, high);
  return {
    kind: "number",
    expected: `a whole number from ${low} to ${high}`,
    accepts: (value): value is number => accepts(value) && Number.isInteger(value),
  };
};

export const oneOf = <const Words extends readonly string[]>(words: Words): Setting<Words[number]> => ({
  kind: "text",
  expected: `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
  accepts: (value): value is Words[number] => words.some((word) => word === value),
});

/** Written as 0 or 1. */
export const flag = (): Setting<boolean> => ({
  kind: "boolean",
  expected: "0 or 1",
  accepts: (value): value is boolean => typeof value === "boolean",
});

type AnySetting = Setting<number> | Setting<boolean> | Setting<string>;

/** Throws LabError `value`: `setting vocab, got 9000, expected a whole number from 256 to 8192`. */
export function check(setting: AnySetting, name: string, value: unknown, written = String(value)): void {
  if (setting.accepts(value)) return;
  const { expected } = setting;
  throw new LabError("value", {
    what: `setting ${name}`,
    got: written === "" ? "nothing" : written,
    expected,
  });
}

/** Parses a setting's text. Throws as `check` does. */
export function read<S extends AnySetting>(setting: S, name: string, text: string): ValueOf<S> {
  const written = text.trim();
  const value = parse(setting.kind, written);
  check(setting, name, value, written);
  return value as ValueOf<S>;
}

function parse(kind: AnySetting["kind"], text: string): unknown {
  if (kind === "number") return text === "" ? NaN : Number(text);
  if (kind === "boolean") return text === "0" || text === "1" ? text === "1" : text;
  return text;
}

/** `got 9000, expected a whole number from 256 to 8192`: the error in a text, or null. */
export function refusal(setting: AnySetting, text: string): string | null {
  try {
    read(setting, "", text);
    return null;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return sentence(error);
  }
}

/** The sentence of an error of `check`, without the setting's name. */
export const sentence = ({ detail: { got, expected } }: LabError): string =>
  `got ${got}, expected ${expected}`;
