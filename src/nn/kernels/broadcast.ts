// Computes the indices of elements of broadcast operands. Axes that all operands walk alike are merged, so most
// chains are one flat loop and only real broadcasts pay for divisions.

import { assert } from "../../error.ts";

export interface Walk {
  /** The merged axes, outermost first; empty for a scalar. */
  readonly sizes: readonly number[];
  /** Per operand the step in elements along each merged axis, 0 where it is broadcast. */
  readonly strides: readonly (readonly number[])[];
}

/** The walk of `operands` (shapes aligned at the last axis, sizes equal or 1) over `shape`. */
export function walkOf(shape: readonly number[], operands: readonly (readonly number[])[]): Walk {
  const strides = operands.map((operand) => broadcastStrides(shape, operand));
  return mergeAxes(shape, strides);
}

/** Merges neighbouring axes of a strided walk wherever one stride describes both, for every operand. */
export function mergeAxes(shape: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const last = sizes.length - 1;
    const joins = last >= 0 && strides.every((s, i) => merged[i][last] === s[axis] * size);
    if (joins) {
      sizes[last] = sizes[last] * size;
      for (const [i, s] of strides.entries()) merged[i][last] = s[axis];
    } else {
      sizes.push(size);
      for (const [i, s] of strides.entries()) merged[i].push(s[axis]);
    }
  }
  return { sizes, strides: merged };
}

export function contiguousStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const size of [...shape].reverse()) {
    strides.unshift(step);
    step *= size;
  }
  return strides;
}

function broadcastStrides(shape: readonly number[], operand: readonly number[]): number[] {
  assert(operand.length <= shape.length, "an operand has at most the axes of the result");
  const own = contiguousStrides(operand);
  const missing = shape.length - operand.length;
  return shape.map((size, axis) => {
    const length = operand[axis - missing] ?? 1;
    assert(length === size || length === 1, `axis of ${length} broadcasts to ${size}`);
    return length === 1 ? 0 : own[axis - missing];
  });
}

/** Whether the walk reads an operand contiguously: its index is then the result's index. */
export function isFlat(walk: Walk, operand: number): boolean {
  const strides = walk.strides[operand];
  const own = contiguousStrides(walk.sizes);
  return strides.every((stride, axis) => stride === own[axis]);
}

/**
 * WGSL: `let` lines that split the element index `index` into coordinates, and an index per operand.
 * With `divisor` 4 all strides are multiples of 4, except an innermost stride of 1, and indices count vec4s.
 */
export function emitIndices(
  walk: Walk,
  index: string,
  prefix = "at",
): { statements: string[]; indices: string[] } {
  const rank = walk.sizes.length;
  const needed = walk.strides.some((_, i) => !isFlat(walk, i) && walk.strides[i].some((s) => s !== 0));
  const statements: string[] = [];
  if (needed && rank > 1) {
    let rest = index;
    for (let axis = rank - 1; axis > 0; axis--) {
      const size = walk.sizes[axis];
      statements.push(`let ${prefix}${axis} = ${rest} % ${size}u;`);
      statements.push(`let ${prefix}_over${axis} = ${rest} / ${size}u;`);
      rest = `${prefix}_over${axis}`;
    }
    statements.push(`let ${prefix}0 = ${rest};`);
  } else if (needed) statements.push(`let ${prefix}0 = ${index};`);
  const indices = walk.strides.map((strides, operand) => {
    if (isFlat(walk, operand)) return index;
    const terms = strides.flatMap((stride, axis) =>
      stride === 0 ? [] : [stride === 1 ? `${prefix}${axis}` : `${prefix}${axis} * ${stride}u`],
    );
    return terms.length === 0 ? "0u" : terms.join(" + ");
  });
  return { statements, indices };
}
