// Writes persistent tensors. Operations recorded after an assign read the new value; the memory of the device changes
// at the end of the step.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import type { Persistent } from "../../graph/leaf.ts";
import { recorder } from "../../tensor/current-recorder.ts";
import { sameShape, show } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { expand } from "./views.ts";

/** The persistent tensor behind a parameter or state; throws for anything else. */
export function persistentOf(what: string, tensor: Tensor): Persistent {
  needTensor(what, tensor);
  const leaf = tensor.leaf;
  if (leaf?.kind !== "persistent")
    throw new LabError("value", {
      what: `${what}: not a parameter or state`,
      got: `a tensor of shape ${show(tensor.shape)}`,
      expected: "a tensor of nn.parameter or nn.state",
    });
  return leaf;
}

/** Sets the value of a parameter or state for all later operations; the value broadcasts to its shape. */
export function assign(target: Tensor, value: Tensor): void {
  const leaf = persistentOf("assign", target);
  needTensor("assign", value);
  if (value.dtype !== leaf.dtype)
    throw new LabError("dtype", {
      what: "assign: element types differ",
      got: value.dtype,
      expected: leaf.dtype,
    });
  const fitted = sameShape(value.shape, leaf.shape) ? value : expand(value, leaf.shape);
  recorder().write([leaf], [fitted.value]);
}
