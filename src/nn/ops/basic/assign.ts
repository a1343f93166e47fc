// Writing persistent tensors. Order is the order of the code: what is recorded after an assign reads the new value;
// the device's memory changes when the step ends.

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
      expected: "what nn.parameter or nn.state returned",
    });
  return leaf;
}

/** Gives a parameter or state a new value (which broadcasts to its shape) from here on. */
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
