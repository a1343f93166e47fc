// Finds the parameters of a model, which is any object whose fields hold tensors, at any depth; it has no base class.

import { LabError } from "../../error.ts";
import { showValue } from "../values/show-value.ts";
import { Tensor } from "./tensor.ts";

export interface NamedParameter {
  /** Path of the tensor in the model: `blocks.0.attention.q`. */
  readonly name: string;
  readonly tensor: Tensor;
}

/** Every trainable parameter reachable through fields, arrays, maps and sets; each once, in field order. */
export function namedParameters(model: object): NamedParameter[] {
  return persistentTensors(model).filter(
    ({ tensor }) => tensor.leaf?.kind === "persistent" && tensor.leaf.trainable,
  );
}

/** Parameters as in `namedParameters`, and state that is not trained. */
export function persistentTensors(model: object): NamedParameter[] {
  const given: unknown = model;
  if (typeof given !== "object" || given === null)
    throw new LabError("value", {
      what: "parameters: the model",
      got: showValue(given),
      expected: "an object or list that holds tensors",
    });
  const found: NamedParameter[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, name: string): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (seen.size > 1e6)
      throw new LabError("value", { what: "parameters: the model holds too many objects" });
    if (value instanceof Tensor) {
      if (value.leaf?.kind === "persistent") found.push({ name, tensor: value });
      return;
    }
    if (ArrayBuffer.isView(value)) return;
    const join = (key: string) => (name === "" ? key : `${name}.${key}`);
    if (value instanceof Map) {
      for (const [key, item] of value) visit(item, join(String(key)));
    } else if (value instanceof Set) {
      let i = 0;
      for (const item of value) visit(item, join(String(i++)));
    } else {
      for (const key of Object.keys(value)) visit((value as Record<string, unknown>)[key], join(key));
    }
  };
  visit(model, "");
  return found;
}

/** The trainable tensors of a model, for an optimizer. */
export function parameters(model: object): Tensor[] {
  return namedParameters(model).map(({ tensor }) => tensor);
}
