// Schemas of settings: the accepted values, and one sentence for a value that is not. The lab's commands, the form, the
// page's address and the command line all use them.
import * as z from "zod/mini";
import { LabError } from "../../error.ts";

/** A number from `low` to `high`, both included. */
export const within = (low: number, high: number) => bounded(z.number, "a number", low, high);
export const wholeWithin = (low: number, high: number) => bounded(z.int, "a whole number", low, high);

function bounded(type: typeof z.number | typeof z.int, what: string, low: number, high: number) {
  const expected = `${what} from ${low} to ${high}`;
  return type(expected).check(z.gte(low, expected), z.lte(high, expected));
}

export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);

/** Written as 0 or 1. */
export const flag = () => z.boolean("0 or 1");

type Schema = z.ZodMiniType<number | boolean | string | undefined>;

/** Throws LabError `value`: `setting vocab, got 9000, expected a whole number from 256 to 8192`. */
export function check(schema: Schema, name: string, value: unknown, written = String(value)): void {
  const { error } = schema.safeParse(value);
  if (error === undefined) return;
  const expected = error.issues[0]?.message ?? "another value";
  throw new LabError("value", {
    what: `setting ${name}`,
    got: written === "" ? "nothing" : written,
    expected,
  });
}

/** Parses a setting's text. Throws as `check` does. */
export function read<T extends Schema>(schema: T, name: string, text: string): z.infer<T> {
  const written = text.trim();
  const value = parse(schema.def.type, written);
  check(schema, name, value, written);
  return value as z.infer<T>;
}

function parse(type: string, text: string): unknown {
  if (type === "number") return text === "" ? NaN : Number(text);
  if (type === "boolean") return text === "0" || text === "1" ? text === "1" : text;
  return text;
}

/** `got 9000, expected a whole number from 256 to 8192`: the error in a text, or null. */
export function refusal(schema: Schema, text: string): string | null {
  try {
    read(schema, "", text);
    return null;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return sentence(error);
  }
}

/** The sentence of an error of `check`, without the setting's name. */
export const sentence = ({ detail: { got, expected } }: LabError): string =>
  `got ${got}, expected ${expected}`;
