// Checks the envelope of a step from the sandbox: a field of another type or out of bounds is a LabError "graph".

import { array, fail, integer, object, shape, text } from "../forward/check-json.ts";
import {
  MAX_BATCHES,
  MAX_BATCH_TOKENS,
  MAX_PERSISTENTS,
  MAX_SESSION_PLANS,
  type StateChange,
  type StepRequest,
} from "./step-format.ts";

/** Characters of a tape. */
const MAX_TAPE = 32_000_000;
const MAX_NUMBERS = 2_000_000;
const MAX_SLOTS = 20_000;

export function readRequest(value: unknown): StepRequest {
  const { changes, draws, forget, plan, tape, numbers, data } = object("step", value);
  if (typeof forget !== "boolean") fail("step: forget", forget, "true or false");
  return {
    changes: array("step: changes", changes, MAX_PERSISTENTS).map(readChange),
    draws: array("step: draws", draws, MAX_BATCHES).map((given, i) => {
      const { batch, rows } = object(`step: draw ${i}`, given);
      return {
        batch: integer(`step: draw ${i}: batch`, batch, 0, MAX_BATCHES - 1),
        rows: integer(`step: draw ${i}: rows`, rows, 1, MAX_BATCH_TOKENS),
      };
    }),
    forget,
    plan: integer("step: plan", plan, 0, MAX_SESSION_PLANS - 1),
    tape: tape === null ? null : text("step: tape", tape, MAX_TAPE),
    numbers: view("step: numbers", numbers, Float64Array, MAX_NUMBERS),
    data: array("step: data", data, MAX_SLOTS).map((content, i) => {
      if (content === null) return null;
      if (content instanceof Uint32Array) return view(`step: slot ${i}`, content, Uint32Array, 2 ** 28);
      return view(`step: slot ${i}`, content, Float32Array, 2 ** 28);
    }),
  };
}

function readChange(given: unknown, i: number): StateChange {
  const what = `step: change ${i}`;
  const change = object(what, given);
  if (change.type === "grouped") {
    const members = array(`${what}: members`, change.members, MAX_PERSISTENTS);
    return { type: "grouped", members: members.map((of) => integer(what, of, 0, MAX_PERSISTENTS)) };
  }
  if (change.type !== "made") fail(`${what}: type`, change.type, "made or grouped");
  const { trainable, initial, line } = change;
  if (typeof trainable !== "boolean") fail(`${what}: trainable`, trainable, "true or false");
  return {
    type: "made",
    shape: shape(what, change.shape),
    trainable,
    initial: initial === null ? null : view(`${what}: values`, initial, Float32Array, 2 ** 29),
    line: integer(`${what}: line`, line, 0, 1_000_000),
  };
}

/** A typed array over memory that is not shared. */
function view<A extends Float64Array | Float32Array | Uint32Array>(
  what: string,
  value: unknown,
  type: abstract new (...args: never[]) => A,
  most: number,
): A {
  if (!(value instanceof type) || !(value.buffer instanceof ArrayBuffer)) fail(what, typeof value, type.name);
  if (value.length > most) fail(`${what} is too long`, value.length, `at most ${most}`);
  return value;
}
