// The recorder of the active engine, which records all operations. One is active at a time: operations name no engine.

import { LabError } from "../../error.ts";
import { needTensor } from "./check-argument.ts";
import type { Attrs, Node, Operation, Value } from "../graph/graph.ts";
import type { Recorder } from "./recorder.ts";
import { Tensor } from "./tensor.ts";

let active: Recorder | null = null;

export function activate(recorder: Recorder | null): void {
  active = recorder;
}
export function recorder(): Recorder {
  if (!active)
    throw new LabError("device", { what: "no engine is active", hint: "call engine.activate() first" });
  return active;
}

/** Records an operation on tensors; returns its first (often only) output. */
export function record(
  op: Operation,
  inputs: readonly Tensor[],
  attrs?: Attrs,
  numbers?: readonly number[],
): Tensor {
  return new Tensor(recordNode(op, inputs, attrs, numbers).out());
}
/** Records an operation on tensors; returns its node, for operations with several outputs. */
export function recordNode(
  op: Operation,
  inputs: readonly Tensor[],
  attrs?: Attrs,
  numbers?: readonly number[],
): Node {
  const values: Value[] = [];
  for (const tensor of inputs) {
    needTensor(op.name, tensor);
    values.push(tensor.value);
  }
  return recorder().record(op, values, attrs, numbers);
}
