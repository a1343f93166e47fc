// The search space of a train.ts: each constant it declares and uses is a coordinate, mapped to [0, 1] so that a step
// has a similar effect everywhere (a factor for rates, a count for sizes).
import { type Constant, parseConstants, type Range } from "./constants.ts";

export interface Dimension {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
  readonly range: Range;
  /** The experiment that won with its value at the declared edge, and the side on which `range` therefore goes beyond. */
  readonly edge?: { readonly wonBy: number; readonly side: 1 | -1 };
}

/** A point of the space: values by name. */
export type Values = Readonly<Record<string, number>>;

// SEED belongs to the lab: changing it would be fishing for luck.
const OFF_LIMITS = /^(SEED|RANDOM_SEED)$/;

export function searchSpace(source: string): Dimension[] {
  return parseConstants(source).flatMap((constant) => {
    const range = constant.range ?? guess(constant);
    if (!range || !constant.used || OFF_LIMITS.test(constant.name)) return [];
    const { name, value, meaning } = constant;
    return [{ name, value, meaning, range }];
  });
}

export function valuesOf(source: string): Values {
  return Object.fromEntries(parseConstants(source).map((constant) => [constant.name, constant.value]));
}

/**
 * A range for a constant without one: within a factor of eight. Zero and negative numbers give no hint. A multiple of
 * eight is probably a size and stays one: kernels prefer whole vectors.
 */
function guess({ value }: Constant): Range | null {
  if (!(value > 0)) return null;
  const step = !Number.isInteger(value) || value === 1 ? null : value % 8 === 0 ? 8 : 1;
  const low = step === null ? value / 8 : Math.max(step, Math.round(value / 8 / step) * step);
  return { low, high: value * 8, scale: "log", step };
}

export function toUnit({ low, high, scale, choices }: Range, value: number): number {
  // The coordinate of a choice is only a label: distances between choices mean nothing.
  if (scale === "choice")
    return Math.max(0, (choices ?? []).indexOf(value)) / Math.max(1, (choices ?? []).length - 1);
  const bend = scale === "linear" ? (v: number) => v : Math.log;
  return clamp((bend(value) - bend(low)) / (bend(high) - bend(low)), 0, 1);
}

/** The nearest allowed value: whole steps, powers of two, or a number short enough to read. */
export function fromUnit(range: Range, unit: number): number {
  const { low, high, scale, step, choices = [] } = range;
  const u = clamp(unit, 0, 1);
  if (scale === "choice") return choices[Math.round(u * (choices.length - 1))] ?? low;
  const raw =
    scale === "linear" ? low + u * (high - low) : Math.exp(Math.log(low) + u * Math.log(high / low));
  if (scale === "power") return clamp(2 ** Math.round(Math.log2(raw)), low, high);
  if (step !== null && !(scale === "log" && step === 1 && raw >= 100)) {
    return clamp(tidy(low + Math.round((raw - low) / step) * step, step), low, high);
  }
  if (scale === "log") return clamp(Number(raw.toPrecision(2)), low, high);
  return clamp(tidy(raw, 10 ** Math.floor(Math.log10((high - low) / 100))), low, high);
}

/** `value` rounded to a multiple of `grain`, without the digits of binary rounding. */
export function tidy(value: number, grain: number): number {
  const places = Math.max(0, Math.min(12, Math.ceil(-Math.log10(grain))));
  return Number((Math.round(value / grain) * grain).toFixed(places));
}

/** The smallest step in [0, 1] that always changes the value. */
export function smallestStep(range: Range): number {
  const { low, high, scale, step } = range;
  if (scale === "power") return 1 / Math.max(1, Math.log2(high / low));
  if (scale === "log") return 0.02;
  if (scale === "choice") return 1 / Math.max(1, (range.choices ?? []).length - 1);
  return step === null ? 0.01 : step / (high - low);
}

/**
 * Whether a model with these sizes is valid: RoPE rotates pairs of channels, heads split the width evenly, and grouped
 * heads share keys evenly.
 */
export function buildable({ WIDTH, HEADS, HEAD_DIM, KV_HEADS }: Values): boolean {
  const divides = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || b % a === 0;
  if (HEAD_DIM !== undefined && HEAD_DIM % 2 !== 0) return false;
  // With HEAD_DIM the width is usually HEADS * HEAD_DIM; without it, HEAD_DIM is the width divided by HEADS.
  if (HEAD_DIM === undefined && WIDTH !== undefined && HEADS !== undefined && WIDTH % (2 * HEADS) !== 0)
    return false;
  return divides(HEADS, WIDTH) && divides(KV_HEADS, HEADS);
}

export const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
