// The manifest of an arena: its description as data. `readManifest` checks one from outside; every error is one line
// that names the field.
import { LabError } from "../../error.ts";

export type SplitName = "practice" | "validation" | "test";
export const SPLITS: readonly SplitName[] = ["practice", "validation", "test"];
/** The most scores of a split, since the verdict compares a score of each. */
export const MAX_SCORES = 500;

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly direction: "lower" | "higher";
}

export interface Manifest {
  /** Lower-case letters, digits and dashes: the name of its folder. */
  readonly id: string;
  readonly title: string;
  /** The unit of a score, such as `% over the bound`. */
  readonly unit: string;
  readonly direction: "lower" | "higher";
  readonly candidate: {
    readonly file: string;
    readonly language: "typescript";
    /** Names of the exported functions; each further one is called with the result of the one before. */
    readonly entries: readonly string[];
    /** Maximum size in bytes, too small to hold the answers themselves. */
    readonly bytes: number;
  };
  /** Scores of each split: one for each instance, or for each part of an instance. */
  readonly splits: Readonly<Record<SplitName, number>>;
  /** Limits for one instance. `seconds` of wall time end a run that no tick can end. */
  readonly budget: {
    readonly kind: "ticks" | "seconds" | "tokens" | "evaluations" | "dollars" | "sends";
    readonly amount: number;
    readonly seconds: number;
  };
  /** The source of differences between two runs of one candidate: none, the random seed, or the people taking part. */
  readonly noise: "none" | "seeds" | "people";
  /** Tests of a candidate besides its score. */
  readonly probes: readonly ("repeat" | "permuted-labels" | "truncated-future" | "fresh-inputs")[];
  readonly baselines: readonly {
    readonly name: string;
    readonly score: number;
    readonly source: string;
  }[];
  /** Metrics that must not get worse. */
  readonly guards: readonly Metric[];
  /** Metrics that are only shown. */
  readonly secondary: readonly Metric[];
  readonly needs: readonly ("gpu" | "network" | "key")[];
  /** Possible harm of a bad attempt, besides lost time. Above `none` a person approves each run. */
  readonly risk: "none" | "money" | "people";
}

/** `splits` of a manifest, from the instances of each split. */
export const splitSizes = (lists: Readonly<Record<SplitName, readonly unknown[]>>): Manifest["splits"] => ({
  practice: lists.practice.length,
  validation: lists.validation.length,
  test: lists.test.length,
});

type Check = (value: unknown, path: string) => void;

const fail = (path: string, got: unknown, expected: string): never => {
  const shown = (JSON.stringify(got) ?? typeof got).slice(0, 80);
  throw new LabError("arena", { what: `manifest: ${path}`, got: shown, expected });
};

const text: Check = (value, path) => {
  if (typeof value !== "string" || value.trim() === "" || value.length > 200 || /[\r\n]/.test(value))
    fail(path, value, "a line of text");
};
const pattern =
  (form: RegExp, words: string): Check =>
  (value, path) => {
    if (typeof value !== "string" || !form.test(value)) fail(path, value, words);
  };
const number =
  (low: number, high: number, whole = true): Check =>
  (value, path) => {
    const fits = typeof value === "number" && value >= low && value <= high;
    if (!fits || (whole && !Number.isInteger(value)))
      fail(path, value, `${whole ? "a whole number" : "a number"} from ${low} to ${high}`);
  };
const one =
  (...names: readonly string[]): Check =>
  (value, path) => {
    if (!names.includes(value as string)) fail(path, value, names.map((name) => `"${name}"`).join(" or "));
  };
const list =
  (each: Check, least = 0, most = 50): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return fail(path, value, "a list");
    if (value.length < least || value.length > most)
      fail(path, `${value.length} entries`, `${least} to ${most}`);
    value.forEach((item, i) => each(item, `${path}[${i}]`));
  };
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return fail(path || "the whole", value, "an object");
    const at = (name: string) => (path === "" ? name : `${path}.${name}`);
    for (const name of Object.keys(value))
      if (!Object.hasOwn(fields, name))
        fail(at(name), (value as Record<string, unknown>)[name], `only ${Object.keys(fields).join(", ")}`);
    for (const [name, check] of Object.entries(fields))
      check(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined, at(name));
  };

const direction = one("lower", "higher");
const metric = shape({ name: text, unit: text, direction });

/** The schema: every field is required, and no other is allowed. */
const MANIFEST = shape({
  id: pattern(/^[a-z][a-z0-9-]{0,39}$/, "lower-case letters, digits and dashes"),
  title: text,
  unit: text,
  direction,
  candidate: shape({
    file: pattern(/^[a-z][a-z0-9-]{0,39}\.ts$/, "a file name that ends in .ts"),
    language: one("typescript"),
    entries: list(pattern(/^[a-z]\w{0,39}$/i, "the name of a function"), 1, 2),
    bytes: number(200, 400_000),
  }),
  splits: shape({
    practice: number(1, MAX_SCORES),
    validation: number(2, MAX_SCORES),
    test: number(2, MAX_SCORES),
  }),
  budget: shape({
    kind: one("ticks", "seconds", "tokens", "evaluations", "dollars", "sends"),
    amount: number(1, 1e12),
    seconds: number(1, 86_400),
  }),
  noise: one("none", "seeds", "people"),
  probes: list(one("repeat", "permuted-labels", "truncated-future", "fresh-inputs")),
  baselines: list(shape({ name: text, score: number(-1e12, 1e12, false), source: text })),
  guards: list(metric),
  secondary: list(metric),
  needs: list(one("gpu", "network", "key")),
  risk: one("none", "money", "people"),
});

/** The value as a manifest. Throws LabError "arena" with one line that names the first wrong field. */
export function readManifest(value: unknown): Manifest {
  MANIFEST(value, "");
  const manifest = value as Manifest;
  const names = [...manifest.guards, ...manifest.secondary].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail("guards and secondary", twice, "each metric once");
  return manifest;
}
