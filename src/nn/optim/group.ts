// What optimizers share: parameters that lie together in memory, their moments beside them, and one recorded update
// for all that have a gradient.

import { LabError } from "../../error.ts";
import type { Attrs, Operation } from "../graph.ts";
import { zeros } from "../initial.ts";
import { persistentOf } from "../ops/assign.ts";
import { state } from "../ops/create.ts";
import { recorder, recordNode } from "../recorder.ts";
import type { Tensor } from "../tensor.ts";

/** Checks a list of parameters (each once) and lays them out together. */
export function adopt(what: string, params: readonly Tensor[]): readonly Tensor[] {
  if (params.length === 0)
    throw new LabError("value", { what: `${what}: no parameters`, hint: "nn.parameters(model) finds them" });
  if (new Set(params).size !== params.length)
    throw new LabError("value", { what: `${what}: a parameter is listed twice` });
  recorder().group(params.map((p) => persistentOf(what, p)));
  return [...params];
}

/** One zero-initialised moment for each parameter, laid out like the parameters. */
export function momentsFor(params: readonly Tensor[]): readonly Tensor[] {
  const moments = params.map((p) => state(p.shape, zeros));
  recorder().group(moments.map((m) => persistentOf("moments", m)));
  return moments;
}

/** Records one update of every parameter that has a gradient, and takes the gradients away. */
export function update(
  op: Operation,
  params: readonly Tensor[],
  moments: readonly (readonly Tensor[])[],
  attrs: Attrs,
  numbers: readonly number[],
): void {
  const which = params.flatMap((p, i) => (p.grad ? [i] : []));
  if (which.length === 0) return;
  const pick = (list: readonly Tensor[]) => which.flatMap((i) => list[i] ?? []);
  const written = [params, ...moments].map(pick);
  const grads = pick(params).flatMap((p) => p.grad ?? []);
  const inputs = [...pick(params), ...grads, ...written.slice(1).flat()];
  const node = recordNode(op, inputs, attrs, numbers);
  written.flat().forEach((tensor, i) => {
    recorder().write(persistentOf(op.name, tensor), node.out(i));
  });
  for (const i of which) {
    const p = params[i];
    if (p) p.grad = null;
  }
}

/** Checks that an option is a finite number at or above a bound. */
export function checkOption(what: string, value: number, min: number): number {
  if (!(value >= min) || !Number.isFinite(value))
    throw new LabError("value", { what, got: String(value), expected: `a number from ${min} on` });
  return value;
}
