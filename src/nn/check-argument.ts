// Arguments as train.ts really gives them: what the types forbid, and what they cannot say. Each is one line.

import { LabError } from "../error.ts";
import type { AttrRule, Attrs, Operation } from "./graph.ts";
import { Tensor } from "./tensor.ts";

/** Short text of any value, for messages. */
export function showValue(value: unknown): string {
  if (value instanceof Tensor) return `a tensor of shape [${value.shape.join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (Array.isArray(value)) return `[${value.map(String).join(", ")}]`.slice(0, 60);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

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

/** Throws unless x is a finite number from `min` on, and under `below` where that is given. */
export function checkNumber(what: string, x: number, min: number, below?: number): number {
  if (!(x >= min && (below === undefined || x < below)) || !Number.isFinite(x))
    throw new LabError("value", {
      what,
      got: showValue(x),
      expected: `a number from ${min} ${below === undefined ? "on" : `to below ${below}`}`,
    });
  return x;
}

/** What an attribute would have to be, where it is not; null where it is. */
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

/** Throws LabError "value" where an attribute of an operation is missing or against its rule. */
export function checkAttributes(op: Operation, attrs: Attrs): void {
  for (const [name, rule] of Object.entries(op.attrs)) {
    const expected = expectedOf(rule, attrs[name]);
    if (expected !== null)
      throw new LabError("value", { what: `${op.name}: ${name}`, got: showValue(attrs[name]), expected });
  }
}
