// Arithmetic on shapes: sizes, strides, broadcasting. Everything here is pure and works on plain arrays.

import { LabError } from "../../error.ts";
import { showValue } from "./show-value.ts";

export type Shape = readonly number[];
export type DType = "f32" | "u32";

/** Number of elements; 1 for a scalar (`[]`). */
export function numel(shape: Shape): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

/** A shape as text for messages: `[2, 3]`. */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** The shape to which both operands broadcast, by NumPy's rule; throws LabError "shape" if there is none. */
export function broadcast(what: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new LabError("shape", {
        what: `${what}: shapes do not broadcast`,
        got: `${show(a)} and ${show(b)}`,
        expected: "sizes equal or 1, compared from the last axis",
      });
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

/** Strides that read `from` as if it had the shape `to`: 0 on every broadcast axis. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : strides[i - lead]));
}

/** The axis counted from the front; a negative `axis` counts from the back. */
export function axisOf(what: string, axis: number, rank: number): number {
  const a = Number.isInteger(axis) && axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= rank)
    throw new LabError("shape", {
      what: `${what}: no such axis`,
      got: showValue(axis),
      expected: rank === 0 ? "a tensor with axes" : `an integer from ${-rank} to ${rank - 1}`,
    });
  return a;
}

/** Checks that every size is a positive integer and that the number of elements is addressable. */
export function checkShape(what: string, shape: Shape): void {
  if (!Array.isArray(shape))
    throw new LabError("shape", {
      what: `${what}: a shape is a list`,
      got: showValue(shape),
      expected: "sizes as in [3, 4]",
    });
  for (const size of shape)
    if (!Number.isInteger(size) || size < 1)
      throw new LabError("shape", {
        what: `${what}: bad shape`,
        got: showValue(shape),
        expected: "positive integers",
        hint: Array.isArray(size) ? "x.view(2, 3) takes no list, nn.full([2, 3], 0) one" : undefined,
      });
  if (shape.length > 8)
    throw new LabError("shape", { what: `${what}: too many axes`, got: show(shape), expected: "at most 8" });
  if (numel(shape) >= 2 ** 31)
    throw new LabError("shape", {
      what: `${what}: too many elements`,
      got: show(shape),
      expected: "under 2^31",
    });
}
