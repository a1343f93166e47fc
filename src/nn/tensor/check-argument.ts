// Run-time checks of the arguments that train.ts passes, also those that types cannot express. Errors have one line.

import { LabError } from "../../error.ts";
import type { AttrRule, Attrs, Operation } from "../graph/graph.ts";
import { showValue } from "../values/show-value.ts";
import { Tensor } from "./tensor.ts";

/** Throws unless x is a tensor. */
export function needTensor(what: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor))
    throw new LabError("value", {
      what: `${what}: needs a tensor`,
      got: showValue(x),
      expected: "a tensor",
      hint: x === undefined ? "a field or argument that is not set?" : undefined,
    });
}

/** Throws unless the list holds tensors, and at least one. */
export function needTensors(what: string, list: unknown): asserts list is readonly [Tensor, ...Tensor[]] {
  if (!Array.isArray(list) || list.length === 0)
    throw new LabError("value", {
      what: `${what}: needs tensors`,
      got: showValue(list),
      expected: "a list of them",
    });
  for (const x of list) needTensor(what, x);
}

/** Throws unless the options are an object (or left out) with only the named fields. */
export function checkOptions(what: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new LabError("value", {
      what: `${what}: options`,
      got: showValue(options),
      expected: `an object with ${names.join(", ")}`,
    });
  for (const name in options)
    if (!names.includes(name))
      throw new LabError("value", { what: `${what}: unknown option`, got: name, expected: names.join(", ") });
}

/** Throws unless x is a finite number with min <= x < below; both bounds are optional. */
export function checkNumber(what: string, x: number, min = -Infinity, below?: number): number {
  if (!Number.isFinite(x) || x < min || (below !== undefined && x >= below))
    throw new LabError("value", {
      what,
      got: showValue(x),
      expected:
        min === -Infinity
          ? "a finite number"
          : `a number from ${min} ${below === undefined ? "on" : `to below ${below}`}`,
    });
  return x;
}

/** Throws unless x is an integer >= min. */
export function checkInteger(what: string, x: number, min: number): number {
  if (!Number.isInteger(x) || x < min)
    throw new LabError("value", { what, got: showValue(x), expected: `an integer from ${min} on` });
  return x;
}

/** The expectation that an attribute violates, for the error message; null if it is valid. */
export function expectedOf(rule: AttrRule, value: unknown): string | null {
  const integers = (list: unknown, min: number, max: number) =>
    Array.isArray(list) && list.length <= 8 && list.every((x) => isInteger(x, min, max));
  switch (rule.kind) {
    case "integer":
      return isInteger(value, rule.min, rule.max) ? null : `an integer from ${rule.min} to ${rule.max}`;
    case "number":
      return typeof value === "number" && value >= rule.min && value <= rule.max
        ? null
        : `a number from ${rule.min} to ${rule.max}`;
    case "boolean":
      return typeof value === "boolean" ? null : "true or false";
    case "choice":
      return typeof value === "string" && rule.of.includes(value) ? null : `one of ${rule.of.join(", ")}`;
    case "text":
      return typeof value === "string" && value.length <= rule.max
        ? null
        : `a string of at most ${rule.max} characters`;
    case "shape":
      return integers(value, 1, 2 ** 31 - 1) ? null : "up to eight positive integers";
    case "axes":
      return integers(value, 0, 7) ? null : "up to eight axes";
  }
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

/** Throws LabError "value" if an attribute of an operation is missing or violates its rule. */
export function checkAttributes(op: Operation, attrs: Attrs): void {
  for (const [name, rule] of Object.entries(op.attrs)) {
    const expected = expectedOf(rule, attrs[name]);
    if (expected !== null)
      throw new LabError("value", { what: `${op.name}: ${name}`, got: showValue(attrs[name]), expected });
  }
}
