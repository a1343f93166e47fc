// What optimizers share: parameters that lie together in memory, their moments beside them, and one recorded update
// for all that have a gradient.

import { LabError } from "../../error.ts";
import type { Attrs, Operation, Value } from "../graph.ts";
import { zeros } from "../initial.ts";
import type { Persistent } from "../leaf.ts";
import { persistentOf } from "../ops/assign.ts";
import { state } from "../ops/create.ts";
import { idsOf, recorder } from "../recorder.ts";
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

/** The update of a list of parameters, recorded once a step for all that have a gradient. */
export class Update {
  readonly #op: Operation;
  readonly #params: readonly Tensor[];
  readonly #moments: readonly (readonly Tensor[])[];
  #selection: Selection | null = null;

  constructor(op: Operation, params: readonly Tensor[], moments: readonly (readonly Tensor[])[]) {
    this.#op = op;
    this.#params = params;
    this.#moments = moments;
  }

  /** Records it, and takes the gradients away. */
  record(attrs: Attrs, numbers: readonly number[]): void {
    const { params, moments, leaves, ids } = this.#select();
    if (params.length === 0) return;
    const inputs: Value[] = [];
    for (const p of params) inputs.push(p.value);
    for (const p of params) if (p.grad) inputs.push(p.grad.value);
    for (const m of moments) inputs.push(m.value);
    const node = recorder().record(this.#op, inputs, attrs, numbers);
    recorder().write(leaves, node.outputs, ids);
    for (const p of params) p.grad = null;
  }

  /** What has a gradient: nearly always the same as in the step before. */
  #select(): Selection {
    const which = this.#params.map((p) => p.grad !== null);
    const last = this.#selection;
    if (last && which.every((has, i) => has === last.which[i])) return last;
    const pick = (list: readonly Tensor[]) => list.filter((_, i) => which[i]);
    const params = pick(this.#params);
    const moments = this.#moments.flatMap(pick);
    const leaves = [...params, ...moments].map((tensor) => persistentOf(this.#op.name, tensor));
    return (this.#selection = { which, params, moments, leaves, ids: idsOf(leaves) });
  }
}

interface Selection {
  readonly which: readonly boolean[];
  readonly params: readonly Tensor[];
  /** Role by role. */
  readonly moments: readonly Tensor[];
  /** What is written: parameters, then moments. */
  readonly leaves: readonly Persistent[];
  readonly ids: Attrs;
}

/** Checks that an option is a finite number at or above a bound. */
export function checkOption(what: string, value: number, min: number): number {
  if (!(value >= min) || !Number.isFinite(value))
    throw new LabError("value", { what, got: String(value), expected: `a number from ${min} on` });
  return value;
}
