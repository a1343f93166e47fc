// The notebook's file of an experiment, laid out so that a thousand of them are small in git. Fields that rarely change
// stand together at the end, where a delta copies them at once; the curve is small whole numbers.
// parseRecord reads it back, and files of version 1 (the record as plain JSON) as well.
import { type Curve, figuresOf, type RunFigures, type StepFigures } from "../../runner/index.ts";
import type { StoredRecord } from "../contract/lab-state.ts";
import { fourDigits } from "./commit-fields.ts";
import { packCurve, packStep, unpackCurve } from "./packed.ts";
import type { ScoredRun } from "../verdict/verdict.ts";
import { LEFT_OUT, thin } from "./record.ts";
import { shorten } from "../../text.ts";

/** Points of a stored curve: of a kept experiment, with which later ones are compared, and of the others. */
const POINTS = { kept: 96, others: 32 } as const;
/** Characters of the sample of an experiment that was not kept. */
const SAMPLE = 64;

/** Experiments in one folder, so that a commit rewrites a short list. A folder of these folders would be one more list. */
const FOLDER = 100;

const digits = (value: number, width: number) => String(value).padStart(width, "0");

export const recordPath = (number: number): string =>
  `experiments-${digits(Math.floor(number / FOLDER), 2)}/${digits(number, 4)}.json`;

/** Paths of a record: version 2 had the folders inside `experiments`, version 1 one folder of files. */
export const recordPaths = (number: number): readonly string[] => [
  recordPath(number),
  `experiments/${digits(Math.floor(number / FOLDER), 2)}/${digits(number, 4)}.json`,
  `experiments/${digits(number, 4)}.json`,
];

/**
 * The curve as the notebook keeps it: few points, rounded. A record in memory has the same curve, so that a verdict
 * does not depend on whether the page was reloaded.
 */
export const keptCurve = (curve: Curve, kept: boolean): Curve =>
  unpackCurve(packCurve(thin(curve, kept ? POINTS.kept : POINTS.others), kept));

/**
 * A measured step as the notebook keeps it: two digits of each time; if discarded, multiples of about 1% of the step.
 */
export function keptStep(step: StepFigures, kept: boolean): StepFigures {
  const unit = roundUnit(step.kernels.reduce((sum, { ms }) => sum + ms, 0) / 100);
  const rounded = (ms: number) => (kept || unit === 0 ? Number(ms.toPrecision(2)) : inUnits(ms, unit));
  return { ...step, kernels: step.kernels.map((kernel) => ({ ...kernel, ms: rounded(kernel.ms) })) };
}

/** The largest of 1, 2 and 5 times a power of ten that is not above the value; 0 if the value is not positive. */
function roundUnit(value: number): number {
  if (!(value > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (value >= 5 * power ? 5 : value >= 2 * power ? 2 : 1);
}

const inUnits = (value: number, unit: number) => Number((Math.round(value / unit) * unit).toPrecision(6));

/** Runs as the notebook keeps them. No later run is compared with a discarded one: its scores keep four decimals. */
export const keptRuns = (runs: readonly ScoredRun[], kept: boolean): readonly ScoredRun[] =>
  kept
    ? runs
    : runs.map((run) => ({ ...run, chunks: run.chunks.map((chunk) => Math.round(chunk * 1e4) / 1e4) }));

/** The model's sample text; only its beginning where the experiment was discarded. */
export const keptSample = (sample: string, kept: boolean): string =>
  kept ? sample : shorten(sample, SAMPLE);

/** A run's figures as the notebook keeps them; `kept`: later experiments are compared with it. */
export function keptFigures(run: RunFigures, kept: boolean): RunFigures {
  const figures = figuresOf(run);
  const { tokens, curve, step } = figures;
  const seconds = fourDigits(figures.seconds);
  return {
    ...figures,
    seconds,
    tokensPerSecond: seconds > 0 ? fourDigits(tokens / seconds) : 0,
    curve: keptCurve(curve, kept),
    ...(step === undefined ? {} : { step: keptStep(step, kept) }),
  };
}

/** Fields that are the same in most records of a study; they come last, together. */
const STEADY = [
  "step",
  "chunkBytes",
  "probes",
  "memory",
  "category",
  "researcher",
  "device",
  "parameters",
  "tuning",
];

/** The text of the file. `said`: fields that the commit holds; they are left out. */
export function recordFile(record: StoredRecord, said: Partial<StoredRecord> = {}): string {
  const { step, curve, ...others } = record;
  const known = (key: string) => LEFT_OUT.some((field) => field === key && said[field] === record[field]);
  const rest = Object.fromEntries(Object.entries(others).filter(([key]) => !known(key)));
  const packed = {
    ...rest,
    ...(step === undefined ? {} : packStep(step)),
    curve: packCurve(curve, record.status === "keep"),
  };
  const rank = ([key]: readonly [string, unknown]) => (STEADY.includes(key) ? 1 + STEADY.indexOf(key) : 0);
  // One line per field: a diff then shows the changed fields, and arrays of numbers do not take a thousand lines.
  const fields = Object.entries({ version: 3, ...packed })
    .sort((a, b) => rank(a) - rank(b))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${fields.join(",\n")}\n}\n`;
}
