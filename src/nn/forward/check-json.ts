// Reading untrusted JSON: every function either gives a value of the type it names or throws LabError "graph".

import { LabError } from "../../error.ts";
import { expectedOf } from "../tensor/check-argument.ts";
import type { Attr, AttrRule, Attrs, Operation } from "../graph/graph.ts";
import type { Shape } from "../values/shape.ts";

export function fail(what: string, got?: unknown, expected?: string): never {
  const text = got === undefined ? undefined : String(JSON.stringify(got) ?? typeof got).slice(0, 80);
  throw new LabError("graph", { what: `recorded graph: ${what}`, got: text, expected });
}

/** Parses JSON. Throws LabError "graph". */
export function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new LabError("graph", { what: "recorded graph: not JSON", cause });
  }
}

export function object(what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(what, value, "an object");
  return value as Record<string, unknown>;
}
export function array(what: string, value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value)) fail(what, value, "an array");
  if (value.length > most) fail(`${what} is too long`, value.length, `at most ${most}`);
  // Not map or a cast: a hole must not slip through unchecked.
  return Array.from(value as unknown[]);
}
export function integer(what: string, value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    fail(what, value, `an integer from ${min} to ${max}`);
  return value;
}
export function text(what: string, value: unknown, most = 200): string {
  if (typeof value !== "string" || value.length > most)
    fail(what, value, `a string of at most ${most} characters`);
  return value;
}
export function shape(what: string, value: unknown): Shape {
  return array(what, value, 8).map((size) => integer(what, size, 1, 2 ** 31 - 1));
}
/** A number, or one of the strings JSON needs for the others. */
export function number(what: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "Infinity" || value === "-Infinity" || value === "NaN") return Number(value);
  return fail(what, value, "a number");
}

/** Exactly the attributes of the operation, each within its rule. */
export function attributes(what: string, op: Operation, value: unknown): Attrs {
  const given = object(`${what}: attributes`, value);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(op.attrs, name)) fail(`${what}: unknown attribute`, name);
  // In the order of the operation's own list: the order is part of a plan's key.
  return Object.fromEntries(
    Object.entries(op.attrs).map(([name, rule]) => [
      name,
      attribute(`${what}: ${name}`, rule, Object.hasOwn(given, name) ? given[name] : undefined),
    ]),
  );
}

function attribute(what: string, rule: AttrRule, value: unknown): Attr {
  const expected = expectedOf(rule, value);
  if (expected !== null) fail(what, value, expected);
  // A copy: nobody else holds it.
  return Array.isArray(value) ? Array.from(value as readonly number[]) : (value as Attr);
}
