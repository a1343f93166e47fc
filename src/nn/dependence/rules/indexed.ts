// Rules for operations that select elements by index: how they pass tokens on.
import { at, combine, lifted, make, type Field } from "../field.ts";
import {
  bounded,
  constant,
  joinRows,
  joinTokens,
  later,
  magnitude,
  NONE,
  reduceTokens,
  rounded,
  within,
  type Followed,
  type Knowledge,
  type Tokens,
} from "../knowledge.ts";
import { sumBound } from "./rules.ts";

/** The row of a table [V, C] for each token of an index [...]. */
export function embedded(table: Knowledge, tokens: Knowledge): Knowledge {
  const shape = [...tokens.shape, table.shape[1]];
  const rank = shape.length;
  const tall = (field: Field): Field => ({ sizes: [...field.sizes, 1], data: field.data });
  const rows = reduceTokens(table, 0, 2, false);
  const parts: Tokens[] = [
    { time: tall(tokens.time), row: tall(tokens.row) },
    { time: lifted(rows.time, rank), row: lifted(rows.row, rank) },
  ];
  return within(shape, joinTokens(parts), magnitude(table));
}

/** The values of an index if all of them are constant; null if one depends on tokens. */
function constants(index: Knowledge): Field | null {
  const fixed = combine([index.low, index.high], (low, high) => (low === high ? low : NONE));
  return fixed.data.includes(NONE) ? null : fixed;
}

/** y[.., j, ..] = x[.., index[.., j, ..], ..] on one axis. */
export function gathered(node: Followed, axis: number): Knowledge {
  const [x, index] = node.inputs;
  const fixed = constants(index);
  const size = x.shape[axis];
  if (fixed === null) {
    node.opaque();
    const all = node.trust ? index : joinTokens([index, reduceTokens(x, axis, 1, true)]);
    return within(index.shape, all, magnitude(x));
  }
  const pick = (field: Field): Field => {
    const sizes = field.sizes.map((s, i) => (i === axis ? fixed.sizes[i] : Math.max(s, fixed.sizes[i])));
    return make(sizes, (place) => {
      const from = [...place];
      // As in the kernel, an index past the end reads the last element.
      from[axis] = Math.min(at(fixed, place), size - 1);
      return at(field, from);
    });
  };
  return { shape: index.shape, time: pick(x.time), row: pick(x.row), low: pick(x.low), high: pick(x.high) };
}

/** y[.., l, ..] is the sum of x[.., j, ..] over all j whose index is l. */
export function scattered(node: Followed, axis: number, length: number): Knowledge {
  const [x, index] = node.inputs;
  const shape = x.shape.map((size, i) => (i === axis ? length : size));
  const bound = sumBound(x.shape[axis], magnitude(x));
  const fixed = constants(index);
  if (fixed === null) {
    node.opaque();
    if (node.trust) return constant(shape, -Infinity, Infinity);
    return within(shape, reduceTokens(joinTokens([x, index]), axis, 1, true), bound);
  }
  const count = x.shape[axis];
  const add = (field: Field, join: (a: number, b: number) => number): Field => {
    const sizes = shape.map((size, i) => (i === axis ? size : Math.max(field.sizes[i], fixed.sizes[i])));
    return make(sizes, (place) => {
      const from = [...place];
      let value = NONE;
      for (let j = 0; j < count; j++) {
        from[axis] = j;
        // As in the kernel, an index past the end means the last place.
        if (Math.min(at(fixed, from), length - 1) === place[axis]) value = join(value, at(field, from));
      }
      return value;
    });
  };
  return within(shape, { time: add(x.time, later), row: add(x.row, joinRows) }, bound);
}

/** One-hot rows [..., depth] of tokens [...]. */
export function hot(tokens: Knowledge, depth: number): Knowledge {
  const shape = [...tokens.shape, depth];
  const fixed = constants(tokens);
  if (fixed !== null) {
    const one = make([...fixed.sizes, depth], (place) =>
      at(fixed, place.slice(0, -1)) === place[place.length - 1] ? 1 : 0,
    );
    return { ...constant(shape, 0, 1), low: one, high: one };
  }
  const tall = (field: Field): Field => ({ sizes: [...field.sizes, 1], data: field.data });
  return bounded(shape, { time: tall(tokens.time), row: tall(tokens.row) }, 0, 1);
}

/** The same numbers converted to u32 or f32. */
export function converted(x: Knowledge, to: "f32" | "u32"): Knowledge {
  const exact = (value: number) => (to === "u32" ? value >= 0 && value < 2 ** 32 : Math.abs(value) < 2 ** 24);
  const side = (which: 0 | 1) =>
    combine([x.low, x.high], (low, high) => {
      if (low === high && exact(low)) return to === "u32" ? Math.floor(low) : low;
      if (!Number.isFinite(low) || !Number.isFinite(high))
        return to === "u32" ? [0, 2 ** 32][which] : [-Infinity, Infinity][which];
      const [down, up] =
        to === "u32" ? [Math.max(0, Math.floor(low)), Math.max(0, high)] : rounded(low, high);
      return [down, up][which];
    });
  return { shape: x.shape, time: x.time, row: x.row, low: side(0), high: side(1) };
}

/** The index of the largest element along an axis, which is removed. */
export const indexOfLargest = (x: Knowledge, axis: number): Knowledge =>
  bounded(
    x.shape.filter((_, i) => i !== axis),
    reduceTokens(x, axis, 1, false),
    0,
    x.shape[axis],
  );
