// The notebook's file of an experiment, laid out so that a thousand of them are small in git: what does not change from
// one to the next stands together and in one order, so that it is a copy there, and the curve is whole numbers that
// mostly are differences. parseRecord reads it back, and files of version 1 (the record as plain JSON) as well.
import { type Curve, figuresOf, type RunFigures, type StepFigures } from "../../runner/index.ts";
import type { StoredRecord } from "../contract/lab-state.ts";
import { packCurve, packStep, unpackCurve } from "./packed.ts";
import { thin } from "./record.ts";

/** Points of a curve that are kept: of what was kept, since others are held to it, and of the rest. */
const POINTS = { kept: 96, others: 48 } as const;

/** Experiments in one folder of the notebook, so that a commit rewrites a short list. */
const FOLDER = 100;

const digits = (value: number, width: number) => String(value).padStart(width, "0");

export const recordPath = (number: number): string =>
  `experiments/${digits(Math.floor(number / FOLDER), 2)}/${digits(number, 4)}.json`;

/** Where a record may be: version 1 had all in one folder. */
export const recordPaths = (number: number): readonly string[] => [
  recordPath(number),
  `experiments/${digits(number, 4)}.json`,
];

/**
 * The curve as the notebook keeps it: few points, rounded. A record in memory has the same, so that no verdict depends on
 * whether the page was reloaded.
 */
export const keptCurve = (curve: Curve, kept: boolean): Curve =>
  unpackCurve(packCurve(thin(curve, kept ? POINTS.kept : POINTS.others)));

/** A measured step as the notebook keeps it: more than two digits of a time do not repeat. */
export const keptStep = (step: StepFigures): StepFigures => ({
  ...step,
  kernels: step.kernels.map((kernel) => ({ ...kernel, ms: Number(kernel.ms.toPrecision(2)) })),
});

/** Milliseconds, and thousandths of a token per second: digits beyond are noise that a notebook cannot compress. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** A run's figures as the notebook keeps them; `kept`: others are held to it. */
export function keptFigures(run: RunFigures, kept: boolean): RunFigures {
  const figures = figuresOf(run);
  const { seconds, tokensPerSecond, curve, step } = figures;
  return {
    ...figures,
    seconds: rounded(seconds),
    tokensPerSecond: rounded(tokensPerSecond),
    curve: keptCurve(curve, kept),
    ...(step === undefined ? {} : { step: keptStep(step) }),
  };
}

/** Fields that are the same in most records of a study; they stand last and together. */
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

/** Everything git does not already know. */
export function recordFile(record: StoredRecord): string {
  const { step, curve, ...rest } = record;
  const packed = {
    ...rest,
    ...(step === undefined ? {} : packStep(step)),
    curve: packCurve(curve),
  };
  const rank = ([key]: readonly [string, unknown]) => (STEADY.includes(key) ? 1 + STEADY.indexOf(key) : 0);
  // One line a field: a diff then shows what changed, and arrays of numbers do not take a thousand lines.
  const fields = Object.entries({ version: 2, ...packed })
    .sort((a, b) => rank(a) - rank(b))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${fields.join(",\n")}\n}\n`;
}
