// The common parts of elementwise operations: broadcasting, the f32 check, and recording with numbers as operands.

import type { PointwiseEmitter } from "../../kernels/wgsl/expression.ts";
import { LabError } from "../../../error.ts";
import { define, type GradientContext, type Meta, type Node, type Operation } from "../../graph/graph.ts";
import { broadcast, type Shape } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Throws unless every input is f32. */
export function needFloat(what: string, inputs: readonly Meta[]): void {
  for (const input of inputs)
    if (input.dtype !== "f32")
      throw new LabError("dtype", {
        what: `${what}: wrong element type`,
        got: input.dtype,
        expected: "f32",
        hint: "tokens go through nn.embedding",
      });
}

interface PointwiseDefinition extends Pick<Operation, "costly" | "half" | "isSum"> {
  name: string;
  arity: number | readonly [number, number];
  attrs?: Operation["attrs"];
  numbers?: Operation["numbers"];
  gradient?: (context: GradientContext) => (Tensor | null)[];
  emit: (
    emit: PointwiseEmitter,
    operands: readonly number[],
    node: Pick<Node, "attrs" | "numbers">,
  ) => number;
}

export function definePointwise({ emit, ...definition }: PointwiseDefinition): Operation {
  return define({
    attrs: {},
    numbers: 0,
    ...definition,
    infer(inputs) {
      needFloat(definition.name, inputs);
      let shape: Shape = inputs[0].shape;
      for (let i = 1; i < inputs.length; i++) shape = broadcast(definition.name, shape, inputs[i].shape);
      return [{ shape, dtype: "f32" }];
    },
    pointwise: emit,
  });
}

/** The operand at i; callers of the emitter guarantee that it exists. */
export function at(operands: readonly number[], i: number): number {
  const operand = operands[i];
  if (operand === undefined) throw new LabError("internal", `pointwise operand ${i} is missing`);
  return operand;
}
