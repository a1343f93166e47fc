// A field has one number for each element of a tensor, stored only along the axes on which it varies: the position of a
// token in [B, T, C] takes T numbers, for any B and C. All functions are pure; a field never changes once made.

import { numel, stridesOf, type Shape } from "../values/shape.ts";

export interface Field {
  /** The axes of the tensor: each has its full size, or size 1 if the number is the same along it. */
  readonly sizes: Shape;
  readonly data: Float64Array;
}

/** Maximum number of numbers in one field; a graph that needs more is not followed. */
const MAX_NUMBERS = 2 ** 23;

/** The analysis would need too much memory or time for this graph. */
export class TooLarge extends Error {}

/** A field of these sizes, filled with zeros. Throws TooLarge. */
function blank(sizes: Shape): { readonly sizes: Shape; readonly data: Float64Array } {
  if (numel(sizes) > MAX_NUMBERS) throw new TooLarge(`${numel(sizes)} numbers`);
  return { sizes, data: new Float64Array(numel(sizes)) };
}

/** The same number everywhere. */
export function uniform(rank: number, value: number): Field {
  return { sizes: new Array<number>(rank).fill(1), data: Float64Array.of(value) };
}

/** A field whose element at an index is `value(index)`. */
export function make(sizes: Shape, value: (index: readonly number[]) => number): Field {
  const field = blank(sizes);
  const index = new Array<number>(sizes.length).fill(0);
  for (let i = 0; i < field.data.length; i++) {
    field.data[i] = value(index);
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
  }
  return field;
}

/** Strides that read a field as if it had the given sizes: 0 along an axis on which it does not vary. */
function stridesTo({ sizes }: Field, to: Shape): number[] {
  const strides = stridesOf(sizes);
  return to.map((_, axis) => (sizes[axis] === 1 ? 0 : strides[axis]));
}

/** The index in `field.data` for each element of the shape `to`. */
function places(field: Field, to: Shape): Int32Array {
  const strides = stridesTo(field, to);
  const out = new Int32Array(numel(to));
  const index = new Array<number>(to.length).fill(0);
  let place = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = place;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      place += strides[axis];
      if (++index[axis] < to[axis]) break;
      place -= strides[axis] * to[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** The smallest sizes that can hold each of these fields, which have one rank. */
export function jointSizes(fields: readonly Field[]): number[] {
  return fields[0].sizes.map((_, axis) => Math.max(...fields.map(({ sizes }) => sizes[axis])));
}

/** Applies `f` elementwise to fields of one rank. */
export function combine(fields: readonly Field[], f: (...values: number[]) => number): Field {
  const sizes = jointSizes(fields);
  const out = blank(sizes);
  if (fields.length === 1) {
    const { data } = fields[0];
    for (let i = 0; i < data.length; i++) out.data[i] = f(data[i]);
    return out;
  }
  const at = fields.map((field) => places(field, sizes));
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] =
      fields.length === 2
        ? f(fields[0].data[at[0][i]], fields[1].data[at[1][i]])
        : f(...fields.map(({ data }, k) => data[at[k][i]]));
  }
  return compress(out);
}

/** The same field, with size 1 for the axes along which it does not vary. */
export function compress(field: Field): Field {
  let { sizes, data } = field;
  for (let axis = 0; axis < sizes.length; axis++) {
    const size = sizes[axis];
    if (size === 1) continue;
    const inner = numel(sizes.slice(axis + 1));
    let varies = false;
    for (let i = 0; i < data.length && !varies; i++) {
      const first = i - (Math.floor(i / inner) % size) * inner;
      varies = !Object.is(data[i], data[first]);
    }
    if (varies) continue;
    const kept = sizes.map((s, i) => (i === axis ? 1 : s));
    const smaller = new Float64Array(numel(kept));
    for (let i = 0; i < smaller.length; i++) {
      smaller[i] = data[Math.floor(i / inner) * inner * size + (i % inner)];
    }
    [sizes, data] = [kept, smaller];
  }
  return { sizes, data };
}

/** The same field, with full sizes for the given axes of a tensor of this shape. */
function spreadOut(field: Field, shape: Shape, axes: (axis: number) => boolean): Field {
  const sizes = field.sizes.map((size, axis) => (axes(axis) ? shape[axis] : size));
  if (sizes.every((size, axis) => size === field.sizes[axis])) return field;
  const out = blank(sizes);
  places(field, sizes).forEach((place, i) => (out.data[i] = field.data[place]));
  return out;
}

/** Gives one axis a new size: its element j is the old element source(j), or `fill` if source(j) is negative. */
export function reindex(
  field: Field,
  shape: Shape,
  axis: number,
  size: number,
  source: (j: number) => number,
  fill: number,
): Field {
  const full = spreadOut(field, shape, (i) => i === axis);
  const inner = numel(full.sizes.slice(axis + 1));
  const from = full.sizes[axis];
  const out = blank(full.sizes.map((s, i) => (i === axis ? size : s)));
  for (let i = 0; i < out.data.length; i++) {
    const j = source(Math.floor(i / inner) % size);
    const outer = Math.floor(i / (inner * size));
    out.data[i] = j < 0 ? fill : full.data[(outer * from + j) * inner + (i % inner)];
  }
  return compress(out);
}

/** Concatenates fields along an axis. */
export function concatenate(fields: readonly Field[], shapes: readonly Shape[], axis: number): Field {
  const others = jointSizes(fields);
  const full = fields.map((field, k) =>
    spreadOut(field, shapes[k], (i) => i === axis || (others[i] > 1 && i !== axis)),
  );
  const sizes = others.map((size, i) =>
    i === axis ? shapes.reduce((n, shape) => n + shape[axis], 0) : size,
  );
  const out = blank(sizes);
  const inner = numel(sizes.slice(axis + 1));
  let start = 0;
  for (const { sizes: own, data } of full) {
    const block = own[axis] * inner;
    for (let i = 0; i < data.length; i++) {
      const outer = Math.floor(i / block);
      out.data[outer * sizes[axis] * inner + start * inner + (i % block)] = data[i];
    }
    start += own[axis];
  }
  return compress(out);
}

export function permuted(field: Field, axes: readonly number[]): Field {
  const sizes = axes.map((axis) => field.sizes[axis]);
  const strides = stridesOf(field.sizes);
  return make(sizes, (index) => {
    let place = 0;
    for (let i = 0; i < axes.length; i++) place += index[i] * strides[axes[i]];
    return field.data[place];
  });
}

/** The same elements in row-major order under another shape. */
export function viewed(field: Field, from: Shape, to: Shape): Field {
  const sizes: number[] = [];
  const stored = new Array<boolean>(from.length).fill(false);
  // Finds runs of axes that have as many elements in `from` as in `to`.
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    let [a, b] = [1, 1];
    const first = i;
    const start = j;
    do {
      if (a <= b && i < from.length) a *= from[i++];
      else if (j < to.length) b *= to[j++];
      else a *= from[i++];
    } while (a !== b);
    // Following axes of size 1 belong to the run as well.
    while (i < from.length && from[i] === 1) i++;
    while (j < to.length && to[j] === 1) j++;
    const varies = field.sizes.slice(first, i).some((size) => size > 1);
    for (let k = first; k < i; k++) stored[k] = varies;
    for (let k = start; k < j; k++) sizes.push(varies ? to[k] : 1);
  }
  const { data } = spreadOut(field, from, (axis) => stored[axis]);
  return compress({ sizes, data });
}

/** Joins the numbers along `count` axes from `axis` on; with `keepdim` the axes stay with size 1. */
export function reduced(
  field: Field,
  axis: number,
  count: number,
  keepdim: boolean,
  join: (a: number, b: number) => number,
): Field {
  const kept = field.sizes.map((size, i) => (i >= axis && i < axis + count ? 1 : size));
  const inner = numel(field.sizes.slice(axis + count));
  const length = numel(field.sizes.slice(axis, axis + count));
  const out = blank(kept);
  for (let i = 0; i < out.data.length; i++) {
    const from = Math.floor(i / inner) * length * inner + (i % inner);
    let value = field.data[from];
    for (let j = 1; j < length; j++) value = join(value, field.data[from + j * inner]);
    out.data[i] = value;
  }
  const sizes = keepdim ? kept : kept.filter((_, i) => i < axis || i >= axis + count);
  return { sizes, data: out.data };
}

/** Replaces element t of an axis by the join of elements 0 to t. */
export function running(field: Field, axis: number, join: (a: number, b: number) => number): Field {
  const out = { sizes: field.sizes, data: field.data.slice() };
  const inner = numel(field.sizes.slice(axis + 1));
  const size = field.sizes[axis];
  for (let i = 0; i < out.data.length; i++) {
    if (Math.floor(i / inner) % size > 0) out.data[i] = join(out.data[i - inner], out.data[i]);
  }
  return out;
}

/** Adds axes of size 1 in front, up to the given rank. */
export function lifted(field: Field, rank: number): Field {
  const lead = rank - field.sizes.length;
  return lead === 0
    ? field
    : { sizes: [...new Array<number>(lead).fill(1), ...field.sizes], data: field.data };
}

/** The number at an index of the full shape. */
export function at(field: Field, index: readonly number[]): number {
  let place = 0;
  for (let axis = 0; axis < index.length; axis++) {
    place = place * field.sizes[axis] + (field.sizes[axis] === 1 ? 0 : index[axis]);
  }
  return field.data[place];
}
