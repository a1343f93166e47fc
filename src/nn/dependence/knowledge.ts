// What the analysis knows of one value of a recorded forward pass: which tokens each of its elements can depend on, and
// within which bounds it lies. Bounds make a mask exact: an element that is the same number whatever the tokens are
// depends on none, and 0 times a finite number is 0.

import type { Shape } from "../values/shape.ts";
import {
  combine,
  concatenate,
  lifted,
  permuted,
  reduced,
  reindex,
  running,
  uniform,
  viewed,
  type Field,
} from "./field.ts";

/** No token. */
export const NONE = -1;
/** Tokens of more than one row. */
const MANY = -2;

export interface Knowledge {
  readonly shape: Shape;
  /** The last position of any token an element can depend on; NONE where it depends on none. */
  readonly time: Field;
  /** The row of those tokens, MANY, or NONE. */
  readonly row: Field;
  /**
   * Every element is a number from `low` to `high`. Where they are not both finite, or the same infinity, nothing is known
   * and the element may be NaN.
   */
  readonly low: Field;
  readonly high: Field;
}

export const later = (a: number, b: number): number => Math.max(a, b);
export function joinRows(a: number, b: number): number {
  if (a === NONE || a === b) return b;
  return b === NONE ? a : MANY;
}

/** f32 has no finite number beyond; what may come near it is not known to be finite. */
const LARGEST = 3e38;
/** More than all rounding of one operation of a kernel, relative to the result. */
const SLACK = 1e-3;

/** Bounds with room for rounding; unknown ones where f32 might overflow. */
export function rounded(low: number, high: number): [low: number, high: number] {
  const down = low - SLACK * Math.abs(low) - 1e-30;
  const up = high + SLACK * Math.abs(high) + 1e-30;
  return down > -LARGEST && up < LARGEST ? [down, up] : [-Infinity, Infinity];
}

/** What is known of a value that depends on no token. */
export function constant(shape: Shape, low: number, high: number): Knowledge {
  const field = (value: number) => uniform(shape.length, value);
  return { shape, time: field(NONE), row: field(NONE), low: field(low), high: field(high) };
}

/** Elements that are one number whatever the tokens are depend on none. */
export function settle(k: Knowledge): Knowledge {
  const fixed = combine([k.low, k.high], (low, high) => (low === high ? 1 : 0));
  if (!fixed.data.includes(1)) return k;
  const free = (value: number, isFixed: number) => (isFixed === 1 ? NONE : value);
  return { ...k, time: combine([k.time, fixed], free), row: combine([k.row, fixed], free) };
}

/** Every field through the same movement of elements; `fill` is the number of new ones. */
function moved(k: Knowledge, shape: Shape, move: (field: Field, fill: number) => Field): Knowledge {
  return {
    shape,
    time: move(k.time, NONE),
    row: move(k.row, NONE),
    low: move(k.low, 0),
    high: move(k.high, 0),
  };
}

export const view = (k: Knowledge, shape: Shape): Knowledge =>
  moved(k, shape, (field) => viewed(field, k.shape, shape));

export const permute = (k: Knowledge, axes: readonly number[]): Knowledge =>
  moved(
    k,
    axes.map((axis) => k.shape[axis]),
    (field) => permuted(field, axes),
  );

export const expand = (k: Knowledge, shape: Shape): Knowledge =>
  moved(k, shape, (field) => lifted(field, shape.length));

/** One axis of another size: its element j is element `source(j)` of before, or 0 where that is negative. */
export const select = (k: Knowledge, axis: number, size: number, source: (j: number) => number): Knowledge =>
  moved(
    k,
    k.shape.map((s, i) => (i === axis ? size : s)),
    (field, fill) => reindex(field, k.shape, axis, size, source, fill),
  );

export function cat(parts: readonly Knowledge[], axis: number): Knowledge {
  const shapes = parts.map(({ shape }) => shape);
  const join = (field: (k: Knowledge) => Field) => concatenate(parts.map(field), shapes, axis);
  const size = shapes.reduce((n, shape) => n + shape[axis], 0);
  return {
    shape: shapes[0].map((s, i) => (i === axis ? size : s)),
    time: join((k) => k.time),
    row: join((k) => k.row),
    low: join((k) => k.low),
    high: join((k) => k.high),
  };
}

/** Which tokens a value can depend on, without its bounds. */
export interface Tokens {
  readonly time: Field;
  readonly row: Field;
}

/** Tokens that `count` axes from `axis` on depend on together. */
export const reduceTokens = (k: Tokens, axis: number, count: number, keepdim: boolean): Tokens => ({
  time: reduced(k.time, axis, count, keepdim, later),
  row: reduced(k.row, axis, count, keepdim, joinRows),
});

/** Tokens of all elements up to each place of an axis. */
export const runTokens = (k: Tokens, axis: number): Tokens => ({
  time: running(k.time, axis, later),
  row: running(k.row, axis, joinRows),
});

/** Tokens of values that are combined element by element; all of one rank. */
export const joinTokens = (parts: readonly Tokens[]): Tokens =>
  parts.reduce((a, b) => ({
    time: combine([a.time, b.time], later),
    row: combine([a.row, b.row], joinRows),
  }));

/** The largest magnitude of any element; Infinity where that is not known. */
export function magnitude(k: Knowledge): number {
  let most = 0;
  for (const field of [k.low, k.high]) for (const value of field.data) most = Math.max(most, Math.abs(value));
  return most;
}

/** The value lies within ± `most` everywhere; Infinity: nothing is known. */
export function within(shape: Shape, tokens: Tokens, most: number): Knowledge {
  const [low, high] = rounded(-most, most);
  return bounded(shape, tokens, low, high);
}

export const bounded = (shape: Shape, { time, row }: Tokens, low: number, high: number): Knowledge => ({
  shape,
  time,
  row,
  low: uniform(shape.length, low),
  high: uniform(shape.length, high),
});

/** Every element may depend on every token that any element of these values depends on. */
export function mixed(parts: readonly Knowledge[], shape: Shape): Knowledge {
  const all = parts.map((k) => reduceTokens(k, 0, k.shape.length, false));
  const time = Math.max(NONE, ...all.map(({ time: field }) => field.data[0]));
  const row = all.map(({ row: field }) => field.data[0]).reduce(joinRows, NONE);
  const rank = shape.length;
  return bounded(shape, { time: uniform(rank, time), row: uniform(rank, row) }, -Infinity, Infinity);
}

/** What a rule knows of one node of a recorded forward pass. */
export interface Followed<Attrs = unknown> {
  readonly attrs: Attrs;
  readonly numbers: readonly number[];
  readonly inputs: readonly Knowledge[];
  readonly outputs: readonly { readonly shape: Shape }[];
  /** Take an index computed from tokens to name its own place: to tell what cannot be followed from what looks ahead. */
  readonly trust: boolean;
  /** Says that this node cannot be followed, and that the rule answers for the worst. */
  opaque(): void;
}
