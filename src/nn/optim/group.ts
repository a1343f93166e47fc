// The common parts of optimizers: parameters and moments that are contiguous in memory, and one recorded update for all
// parameters with a gradient.

import { LabError } from "../../error.ts";
import { checkNumber } from "../tensor/check-argument.ts";
import type { Attrs, Operation, Value } from "../graph/graph.ts";
import { zeros } from "../tensor/initial.ts";
import type { Persistent } from "../graph/leaf.ts";
import { persistentOf } from "../ops/basic/assign.ts";
import { state } from "../ops/basic/create.ts";
import { recorder } from "../tensor/current-recorder.ts";
import { idsOf } from "../tensor/recorder.ts";
import { showValue } from "../values/show-value.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Checks a list of parameters (each once) and lays them out contiguously. */
export function adopt(what: string, params: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(params))
    throw new LabError("value", {
      what: `${what}: parameters`,
      got: showValue(params),
      expected: "a list of tensors",
      hint: "nn.parameters(model) finds them",
    });
  if (params.length === 0)
    throw new LabError("value", { what: `${what}: no parameters`, hint: "nn.parameters(model) finds them" });
  if (new Set(params).size !== params.length)
    throw new LabError("value", { what: `${what}: a parameter is listed twice` });
  const leaves = params.map((p) => persistentOf(what, p));
  if (leaves.some((leaf) => !leaf.trainable))
    throw new LabError("value", {
      what: `${what}: has no gradient`,
      got: "a tensor of nn.state",
      expected: "parameters",
      hint: "nn.parameter makes trained tensors",
    });
  for (const leaf of leaves) leaf.optimizers += 1;
  recorder().persistents.group(leaves);
  return [...(params as readonly Tensor[])];
}

/** One zero-initialised moment for each parameter, laid out like the parameters. */
export function momentsFor(params: readonly Tensor[]): readonly Tensor[] {
  const moments = params.map((p) => state(p.shape, zeros));
  recorder().persistents.group(moments.map((m) => persistentOf("moments", m)));
  return moments;
}

/** The update of a list of parameters, recorded once per step for all that have a gradient. */
export class Update {
  readonly #name: string;
  readonly #op: Operation;
  readonly #params: readonly Tensor[];
  readonly #moments: readonly (readonly Tensor[])[];
  #selection: Selection | null = null;

  /** `name`: name of the optimizer in errors. */
  constructor(
    name: string,
    op: Operation,
    params: readonly Tensor[],
    moments: readonly (readonly Tensor[])[],
  ) {
    this.#name = name;
    this.#op = op;
    this.#params = params;
    this.#moments = moments;
  }

  /** Records the update and clears the gradients. */
  record(attrs: Attrs, numbers: readonly number[]): void {
    const { params, moments, leaves, ids } = this.#select();
    if (params.length === 0) return;
    if (!numbers.every(Number.isFinite))
      throw new LabError("value", {
        what: `${this.#name}: a step's numbers`,
        got: numbers.join(", "),
        expected: "finite numbers",
        hint: "look at the learning rate's schedule",
      });
    const inputs: Value[] = [];
    for (const p of params) inputs.push(p.value);
    for (const p of params) if (p.grad) inputs.push(p.grad.value);
    for (const m of moments) inputs.push(m.value);
    const node = recorder().record(this.#op, inputs, attrs, numbers);
    recorder().write(leaves, node.outputs, ids);
    for (const p of params) p.grad = null;
  }

  /** The parameters with a gradient, cached: they rarely differ from those of the previous step. */
  #select(): Selection {
    const which = this.#params.map((p) => p.grad !== null);
    const last = this.#selection;
    if (last && which.every((has, i) => has === last.which[i])) return last;
    const pick = (list: readonly Tensor[]) => list.filter((_, i) => which[i]);
    const params = pick(this.#params);
    const moments = this.#moments.flatMap(pick);
    const leaves = [...params, ...moments].map((tensor) => persistentOf(this.#name, tensor));
    return (this.#selection = { which, params, moments, leaves, ids: idsOf(leaves) });
  }
}

interface Selection {
  readonly which: readonly boolean[];
  readonly params: readonly Tensor[];
  /** Moments role by role. */
  readonly moments: readonly Tensor[];
  /** The written tensors: parameters, then moments. */
  readonly leaves: readonly Persistent[];
  readonly ids: Attrs;
}

/** Checks the decays of both running means. */
export function checkBetas(what: string, betas: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new LabError("value", { what: `${what}: betas`, got: showValue(betas), expected: "two numbers" });
  for (const beta of betas) checkNumber(`${what}: betas`, beta, 0, 1);
  return betas;
}
