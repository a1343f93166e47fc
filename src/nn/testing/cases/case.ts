// A test case is an operation with shapes; all families add their cases to one list.

import * as nn from "../../api.ts";
import type { Tensor } from "../../api.ts";

export interface OperationCase {
  readonly name: string;
  /** Shapes of the parameters. */
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...params: Tensor[]) => Tensor;
  readonly init: nn.Initial;
}

export const operationCases: OperationCase[] = [];

/** A function that adds cases under a family's name. */
export function family(group: string) {
  return (
    name: string,
    shapes: OperationCase["shapes"],
    f: OperationCase["f"],
    init: nn.Initial = nn.uniform(1),
  ): void => {
    operationCases.push({ name: `${group}: ${name}`, shapes, f, init });
  };
}

/** Values between 0.5 and 1.5. */
export const positive: nn.Initial = (shape, random) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 + random.uniform());

export function someTargets(): Tensor {
  return nn.tensor(Uint32Array.of(3, 1, 6));
}

/** A weighted sum with a different weight for each element, so that errors cannot cancel. */
export function weightedSum(y: Tensor): Tensor {
  const count = y.shape.reduce((a, b) => a * b, 1);
  return y
    .mul(
      nn.tensor(
        Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1)),
        y.shape,
      ),
    )
    .sum();
}
