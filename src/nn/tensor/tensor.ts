// A tensor: a value of the recorded graph. Operations return at once and compute nothing; the whole step is planned and
// run when it ends. Shapes: B batch, T time, C channels, V vocabulary.

import { LabError } from "../../error.ts";
import { backward } from "./backward.ts";
import type { Value } from "../graph/graph.ts";
import type { DType, Shape } from "../values/shape.ts";
import type { Leaf } from "../graph/leaf.ts";
import * as arithmetic from "../ops/basic/arithmetic.ts";
import { argmax, cast, gather } from "../ops/basic/indexing.ts";
import { logSoftmax, logsumexp } from "../ops/layers/log-sum-exp.ts";
import { matmul, type MatmulOptions } from "../ops/layers/matmul.ts";
import { narrow, pad } from "../ops/basic/pieces.ts";
import * as reductions from "../ops/basic/reduce.ts";
import { roll, shift } from "../ops/basic/shift.ts";
import * as unary from "../ops/basic/unary.ts";
import * as views from "../ops/basic/views.ts";
import { recorder } from "./current-recorder.ts";
import { showValue } from "../values/show-value.ts";

export class Tensor {
  /** Sum of the gradients of every `backward()` of this step; null before the first. Parameters only. */
  grad: Tensor | null = null;
  readonly #source: Value | Leaf;

  /** @internal Tensors come from `nn.parameter`, `nn.tensor` and operations. */
  constructor(source: Value | Leaf) {
    this.#source = source;
  }

  get shape(): Shape {
    return this.#source.shape;
  }
  /** "f32", or "u32" for tokens. */
  get dtype(): DType {
    return this.#source.dtype;
  }
  /** @internal Its value in the step being recorded. */
  get value(): Value {
    return "kind" in this.#source ? recorder().read(this.#source) : this.#source;
  }
  /** @internal Its parameter, state or data; null for results of operations. */
  get leaf(): Leaf | null {
    return "kind" in this.#source ? this.#source : null;
  }

  /** Elementwise with broadcasting: sizes must be equal or 1, compared from the last axis. */
  add(other: Tensor | number): Tensor {
    return arithmetic.add(this, other);
  }
  sub(other: Tensor | number): Tensor {
    return arithmetic.sub(this, other);
  }
  mul(other: Tensor | number): Tensor {
    return arithmetic.mul(this, other);
  }
  div(other: Tensor | number): Tensor {
    return arithmetic.div(this, other);
  }
  pow(exponent: Tensor | number): Tensor {
    return arithmetic.pow(this, exponent);
  }
  maximum(other: Tensor | number): Tensor {
    return arithmetic.maximum(this, other);
  }
  minimum(other: Tensor | number): Tensor {
    return arithmetic.minimum(this, other);
  }
  /** Limits every element to [min, max]. */
  clamp(min: number, max: number): Tensor {
    if (typeof min !== "number" || typeof max !== "number" || !(min <= max))
      throw new LabError("value", {
        what: "clamp: bounds",
        got: `${showValue(min)} to ${showValue(max)}`,
        expected: "min <= max",
      });
    return arithmetic.minimum(arithmetic.maximum(this, min), max);
  }
  /** Comparisons give 1 where they hold and 0 elsewhere; no gradient flows through them. */
  eq(other: Tensor | number): Tensor {
    return arithmetic.eq(this, other);
  }
  ne(other: Tensor | number): Tensor {
    return arithmetic.ne(this, other);
  }
  lt(other: Tensor | number): Tensor {
    return arithmetic.lt(this, other);
  }
  le(other: Tensor | number): Tensor {
    return arithmetic.le(this, other);
  }
  gt(other: Tensor | number): Tensor {
    return arithmetic.gt(this, other);
  }
  ge(other: Tensor | number): Tensor {
    return arithmetic.ge(this, other);
  }

  neg(): Tensor {
    return unary.neg(this);
  }
  exp(): Tensor {
    return unary.exp(this);
  }
  log(): Tensor {
    return unary.log(this);
  }
  sqrt(): Tensor {
    return unary.sqrt(this);
  }
  /** 1 / sqrt(x). */
  rsqrt(): Tensor {
    return unary.rsqrt(this);
  }
  /** 1 / x. */
  reciprocal(): Tensor {
    return unary.reciprocal(this);
  }
  tanh(): Tensor {
    return unary.tanh(this);
  }
  sigmoid(): Tensor {
    return unary.sigmoid(this);
  }
  relu(): Tensor {
    return unary.relu(this);
  }
  square(): Tensor {
    return unary.square(this);
  }
  abs(): Tensor {
    return unary.abs(this);
  }
  /** -1, 0 or 1. */
  sign(): Tensor {
    return unary.sign(this);
  }
  sin(): Tensor {
    return unary.sin(this);
  }
  cos(): Tensor {
    return unary.cos(this);
  }
  /** The error function. */
  erf(): Tensor {
    return unary.erf(this);
  }
  floor(): Tensor {
    return unary.floor(this);
  }
  /** x Φ(x), with the exact normal distribution function. */
  gelu(): Tensor {
    return unary.gelu(this);
  }
  /** x sigmoid(x). */
  silu(): Tensor {
    return unary.silu(this);
  }
  /** c tanh(x / c): the identity near 0, never beyond ±c. */
  softcap(c: number): Tensor {
    return unary.softcap(this, c);
  }

  /**
   * Matrix product over the last two axes: [..., M, K] × [..., K, N] → [..., M, N]. Axes before them broadcast; a
   * matrix on the right multiplies every row of [B, T, K].
   */
  matmul(other: Tensor, options?: MatmulOptions): Tensor {
    return matmul(this, other, options);
  }

  /** The same elements in another shape; one size may be -1. Never copies. */
  view(...sizes: number[]): Tensor {
    return views.view(this, sizes);
  }
  /** Swaps two axes. */
  transpose(a: number, b: number): Tensor {
    return views.transpose(this, a, b);
  }
  /** Reorders the axes: `permute(0, 2, 1, 3)`. */
  permute(...axes: number[]): Tensor {
    return views.permute(this, axes);
  }
  /** `length` elements of one axis from `start` on. */
  narrow(axis: number, start: number, length: number): Tensor {
    return narrow(this, axis, start, length);
  }
  /** Repeats axes of size 1 (and new axes in front) up to the given sizes. */
  expand(...sizes: number[]): Tensor {
    return views.expand(this, sizes);
  }
  /** y[t] = x[t - by] along the axis, 0 if t - by is outside: `x.shift(1, 1)` is the previous token. f32 or tokens. */
  shift(axis: number, by: number): Tensor {
    return shift(this, axis, by);
  }
  /** Like shift, but cyclic. Over time it looks ahead. */
  roll(axis: number, by: number): Tensor {
    return roll(this, axis, by);
  }
  /** y[.., j, ..] = x[.., index[.., j, ..], ..] on one axis; the index is u32, shaped like x on all other axes. */
  gather(axis: number, index: Tensor): Tensor {
    return gather(this, axis, index);
  }
  /** Zeros before and after on one axis. */
  pad(axis: number, before: number, after: number): Tensor {
    return pad(this, axis, before, after);
  }

  /** Sum over one axis, or over all axes (a scalar, shape []). */
  sum(axis?: number, keepdim = false): Tensor {
    return reductions.sum(this, axis, keepdim);
  }
  mean(axis?: number, keepdim = false): Tensor {
    return reductions.mean(this, axis, keepdim);
  }
  max(axis?: number, keepdim = false): Tensor {
    return reductions.max(this, axis, keepdim);
  }
  min(axis?: number, keepdim = false): Tensor {
    return reductions.min(this, axis, keepdim);
  }
  /** Index (u32) of the largest element along an axis; the first one if several are largest. */
  argmax(axis = -1): Tensor {
    return argmax(this, axis);
  }
  /** log Σ exp(x) along one axis, without overflow. */
  logsumexp(axis = -1, keepdim = false): Tensor {
    return logsumexp(this, axis, keepdim);
  }
  /** x - logsumexp(x) along one axis. */
  logSoftmax(axis = -1): Tensor {
    return logSoftmax(this, axis);
  }
  /** Running sum along one axis. */
  cumsum(axis: number): Tensor {
    return reductions.cumsum(this, axis);
  }

  /** Tokens as f32 (exact below 2^24). */
  float(): Tensor {
    return cast(this, "f32");
  }
  /** Values as u32 without their fraction, for computed tokens and indices. */
  uint(): Tensor {
    return cast(this, "u32");
  }

  /** The same values without a gradient: `backward` stops here. */
  detach(): Tensor {
    return views.detach(this);
  }
  /** Records the gradient of this scalar with respect to every parameter that it depends on, into their `grad`. */
  backward(): void {
    backward(this);
  }

  /**
   * The value of a tensor with one element, for debugging inside the loop: it is computed separately from the step and
   * waits for the device. Before the clock starts it throws LabError "value". `step.log` costs nothing.
   */
  async item(): Promise<number> {
    const [value] = await this.data();
    return value;
  }
  /** All values in row-major order; waits for the device like `item`. */
  async data(): Promise<Float32Array | Uint32Array> {
    return recorder().executor.evaluate(this.value);
  }
}
