// Facts about one value of a recorded forward pass: the tokens that each element can depend on, and the bounds of each
// element. Bounds make a mask exact: an element whose lower and upper bound are equal depends on no token, and 0 times
// a finite number is 0.

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
  /** The last position of the tokens that an element can depend on; NONE if it depends on none. */
  readonly time: Field;
  /** The row of those tokens, MANY, or NONE. */
  readonly row: Field;
  /**
   * Every element is a number from `low` to `high`. Unless both are finite, or the same infinity, the bounds are
   * unknown and the element may be NaN.
   */
  readonly low: Field;
  readonly high: Field;
}

export const later = (a: number, b: number): number => Math.max(a, b);
export function joinRows(a: number, b: number): number {
  if (a === NONE || a === b) return b;
  return b === NONE ? a : MANY;
}

/** Close to the largest f32: a value whose bounds reach it may be infinite. */
const LARGEST = 3e38;
/** Upper bound for the rounding errors of one operation of a kernel, relative to the result. */
const SLACK = 1e-3;

/** Bounds with a margin for rounding; unknown bounds if f32 might overflow. */
export function rounded(low: number, high: number): [low: number, high: number] {
  const down = low - SLACK * Math.abs(low) - 1e-30;
  const up = high + SLACK * Math.abs(high) + 1e-30;
  return down > -LARGEST && up < LARGEST ? [down, up] : [-Infinity, Infinity];
}

/** A value that depends on no token. */
export function constant(shape: Shape, low: number, high: number): Knowledge {
  const field = (value: number) => uniform(shape.length, value);
  return { shape, time: field(NONE), row: field(NONE), low: field(low), high: field(high) };
}

/** Sets the tokens of elements with equal bounds to NONE: such an element is the same number for all tokens. */
export function settle(k: Knowledge): Knowledge {
  const fixed = combine([k.low, k.high], (low, high) => (low === high ? 1 : 0));
  if (!fixed.data.includes(1)) return k;
  const free = (value: number, isFixed: number) => (isFixed === 1 ? NONE : value);
  return { ...k, time: combine([k.time, fixed], free), row: combine([k.row, fixed], free) };
}

/** Applies the same movement of elements to every field; `fill` is the number for new elements. */
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

/** Gives one axis a new size: its element j is the old element source(j), or 0 if source(j) is negative. */
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

/** The tokens that a value can depend on, without its bounds. */
export interface Tokens {
  readonly time: Field;
  readonly row: Field;
}

/** The tokens of all elements along `count` axes from `axis` on, joined. */
export const reduceTokens = (k: Tokens, axis: number, count: number, keepdim: boolean): Tokens => ({
  time: reduced(k.time, axis, count, keepdim, later),
  row: reduced(k.row, axis, count, keepdim, joinRows),
});

/** For each place of an axis, the tokens of all elements up to it. */
export const runTokens = (k: Tokens, axis: number): Tokens => ({
  time: running(k.time, axis, later),
  row: running(k.row, axis, joinRows),
});

/** The tokens of an elementwise combination of values of one rank. */
export const joinTokens = (parts: readonly Tokens[]): Tokens =>
  parts.reduce((a, b) => ({
    time: combine([a.time, b.time], later),
    row: combine([a.row, b.row], joinRows),
  }));

/** The largest magnitude of any element; Infinity if unknown. */
export function magnitude(k: Knowledge): number {
  let most = 0;
  for (const field of [k.low, k.high]) for (const value of field.data) most = Math.max(most, Math.abs(value));
  return most;
}

/** A value within ± `most` everywhere; Infinity for unknown bounds. */
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

/** A value each of whose elements may depend on every token of every element of `parts`. */
export function mixed(parts: readonly Knowledge[], shape: Shape): Knowledge {
  const all = parts.map((k) => reduceTokens(k, 0, k.shape.length, false));
  const time = Math.max(NONE, ...all.map(({ time: field }) => field.data[0]));
  const row = all.map(({ row: field }) => field.data[0]).reduce(joinRows, NONE);
  const rank = shape.length;
  return bounded(shape, { time: uniform(rank, time), row: uniform(rank, row) }, -Infinity, Infinity);
}

/** The arguments of a rule: one node of a recorded forward pass. */
export interface Followed<Attrs = unknown> {
  readonly attrs: Attrs;
  readonly numbers: readonly number[];
  readonly inputs: readonly Knowledge[];
  readonly outputs: readonly { readonly shape: Shape }[];
  /** If true, assume that nodes that cannot be followed are harmless; separates "unknown" from "violated". */
  readonly trust: boolean;
  /** Marks this node as one that cannot be followed, for which the rule assumes the worst case. */
  opaque(): void;
}
