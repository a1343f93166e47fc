// New tensors: parameters, state, host data, constants, random values.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import { define } from "../../graph/graph.ts";
import { zeros, type Initial } from "../../tensor/initial.ts";
import { random as randomKernel } from "../../kernels/basic/random.ts";
import type { HostArray } from "../../graph/leaf.ts";
import { record, recorder } from "../../tensor/current-recorder.ts";
import { checkShape, numel, show, type Shape } from "../../values/shape.ts";
import { showValue } from "../../values/show-value.ts";
import { Tensor } from "../../tensor/tensor.ts";
import * as known from "../../dependence/knowledge.ts";
import { fullOp } from "./leaves.ts";

function initialValues(what: string, shape: Shape, init: Initial | Float32Array): Float32Array {
  checkShape(what, shape);
  if (typeof init !== "function" && !(init instanceof Float32Array))
    throw new LabError("value", {
      what: `${what}: initial values`,
      got: showValue(init),
      expected: "nn.zeros, nn.normal(0.02) and the like, or a Float32Array",
    });
  recorder().persistents.needRoom(what, shape);
  const values = typeof init === "function" ? init(shape, recorder().random) : init.slice();
  if (!(values instanceof Float32Array))
    throw new LabError("value", {
      what: `${what}: the result of the initialiser`,
      got: showValue(values),
      expected: "a Float32Array",
    });
  const bad = values.findIndex((value) => Number.isNaN(value));
  if (bad >= 0)
    throw new LabError("value", {
      what: `${what}: initial values`,
      got: `NaN at ${bad}`,
      expected: "numbers",
    });
  if (values.length !== numel(shape))
    throw new LabError("shape", {
      what: `${what}: wrong number of values`,
      got: String(values.length),
      expected: `${numel(shape)} for ${show(shape)}`,
    });
  return values;
}

/** A trainable tensor that persists from step to step: `nn.parameter([C, 4 * C], nn.normal(0.02))`. */
export function parameter(shape: Shape, init: Initial | Float32Array): Tensor {
  const leaf = recorder().persistent(shape, "f32", initialValues("parameter", shape, init), true);
  const made = new Tensor(leaf);
  leaf.owner = made;
  return made;
}

/** A persistent tensor that is not trained: optimizer moments, running averages. Write it with `assign`. */
export function state(shape: Shape, init: Initial | Float32Array): Tensor {
  checkShape("state", shape);
  recorder().persistents.needRoom("state", shape);
  // New device memory is zero, so zeros need no upload.
  const values = init === zeros ? null : initialValues("state", shape, init);
  return new Tensor(recorder().persistent(shape, "f32", values, false));
}

/** Host values as a tensor: f32 from numbers or a Float32Array, u32 (tokens) from a Uint32Array. */
export function tensor(data: readonly number[] | Float32Array | Uint32Array, shape?: Shape): Tensor {
  const flat = Array.isArray(data) && data.every((value) => typeof value === "number");
  if (!flat && !(data instanceof Float32Array) && !(data instanceof Uint32Array))
    throw new LabError("value", {
      what: "tensor: values",
      got: showValue(data),
      expected: "one flat list of numbers, a Float32Array or a Uint32Array",
      hint: "the shape comes second: nn.tensor([1, 2, 3, 4], [2, 2])",
    });
  const array: HostArray =
    data instanceof Float32Array || data instanceof Uint32Array ? data.slice() : Float32Array.from(data);
  const sizes = shape ?? [array.length];
  checkShape("tensor", sizes);
  if (array.length !== numel(sizes))
    throw new LabError("shape", {
      what: "tensor: wrong number of values",
      got: String(array.length),
      expected: `${numel(sizes)} for ${show(sizes)}`,
    });
  return new Tensor(recorder().data(sizes, array instanceof Uint32Array ? "u32" : "f32", array));
}

/** A tensor filled with `value`. The value may change from step to step at no cost. */
export function full(shape: Shape, value: number): Tensor {
  checkShape("full", shape);
  if (typeof value !== "number")
    throw new LabError("value", { what: "full: value", got: showValue(value), expected: "a number" });
  return record(fullOp, [], { shape }, [value]);
}

/** 0, 1, 2, ... as f32, shape [count]. */
export function arange(count: number): Tensor {
  checkShape("arange", [count]);
  recorder().persistents.needRoom("arange", [count]);
  return tensor(Float32Array.from({ length: count }, (_, i) => i));
}

const randomOp = define({
  name: "random",
  arity: 0,
  attrs: { shape: { kind: "shape" }, kind: { kind: "choice", of: ["uniform", "normal"] } },
  // The seed.
  numbers: 1,
  infer: (_, attrs) => [{ shape: attrs.shape as Shape, dtype: "f32" }],
  follow: ({ attrs }) => [known.constant(attrs.shape as Shape, -Infinity, Infinity)],
  lower(node, lowering) {
    const kernel = randomKernel(lowering.caps, {
      count: numel(node.out().shape),
      kind: node.attrs.kind as "uniform" | "normal",
    });
    lowering.emit(kernel, [lowering.output(node)], [lowering.number(node, 0)]);
  },
});
/** New random values in each step: uniform in [0, 1) or standard normal. The seed comes from the lab. */
export function random(shape: Shape, kind: "uniform" | "normal" = "uniform"): Tensor {
  checkShape("random", shape);
  // f32 represents 24 bits exactly.
  return record(randomOp, [], { shape, kind }, [recorder().random.bits() >>> 8]);
}

/** Zeroes each element with probability p and scales the rest by 1 / (1 - p). */
export function dropout(x: Tensor, p: number): Tensor {
  needTensor("dropout", x);
  if (typeof p !== "number" || !(p >= 0 && p < 1))
    throw new LabError("value", {
      what: "dropout: p out of range",
      got: showValue(p),
      expected: "0 <= p < 1",
    });
  return p === 0 ? x : x.mul(random(x.shape).ge(p)).mul(1 / (1 - p));
}
