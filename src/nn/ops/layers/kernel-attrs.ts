// The attributes of an nn.kernel in the graph. A graph may be untrusted, so all attributes are checked when they are
// recorded and again when they are loaded.

import { Memo } from "../../../memo.ts";
import { LabError } from "../../../error.ts";
import type { Attrs, Meta } from "../../graph/graph.ts";
import { numel, type Shape, type DType } from "../../values/shape.ts";
import { guardWgsl, type GuardedWgsl } from "../../kernels/layers/custom-wgsl.ts";

/** Maximum number of iterations of all invocations of one dispatch. */
const MAX_WORK = 2 ** 31;
export const MAX_INPUTS = 7;

interface KernelAttrs {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: DType }[];
  readonly dtype: DType;
  readonly shape: Shape;
  readonly workgroup: number;
  readonly groups: number;
  readonly loops: number;
  readonly wgsl: string;
}

const known = new Memo<GuardedWgsl>(200);

/** The guarded text of a kernel, cached, because a step records it once per layer. */
export function guard(name: string, wgsl: string, workgroup: number, dtype: DType): GuardedWgsl {
  const form = workgroup === 0 ? "element" : "group";
  const key = `${name} ${form} ${dtype}\n${wgsl}`;
  return known.get(key, () => guardWgsl(name, wgsl, form, dtype));
}

/** Throws a LabError that names the kernel. */
export function bad(
  code: "value" | "limit",
  name: string,
  what: string,
  got: unknown,
  expected: string,
  hint?: string,
): never {
  throw new LabError(code, { what: `nn.kernel ${name}: ${what}`, got: String(got), expected, hint });
}

/** Parses and checks the attributes of a graph, which may be untrusted. */
export function readAttrs(attrs: Attrs): KernelAttrs {
  const { name, inputs, dtype, shape, workgroup, groups, loops, wgsl } = attrs as Record<string, unknown> as {
    [K in keyof KernelAttrs]: K extends "inputs" ? string : KernelAttrs[K];
  };
  if (!/^[A-Za-z][\w-]{0,39}$/.test(name))
    bad("value", "?", "bad name", JSON.stringify(name).slice(0, 60), "letters, digits, - and _");
  if (inputs === "") bad("value", name, "needs inputs", "none", `1 to ${MAX_INPUTS}`);
  const list = inputs.split(",").map((pair) => {
    const [, input = "", type = ""] = /^([A-Za-z]\w{0,31}):(f32|u32)$/.exec(pair) ?? [];
    if (input === "" || /^(nn_|y$|main$|element$|group$)/.test(input) || input.includes("__"))
      bad("value", name, "bad name of an input", pair.slice(0, 60), "a WGSL name with f32 or u32, not y");
    return { name: input, dtype: type as DType };
  });
  if (new Set(list.map((input) => input.name)).size < list.length)
    bad("value", name, "an input is named twice", inputs, "different names");
  if (list.length > MAX_INPUTS) bad("limit", name, "too many inputs", list.length, `at most ${MAX_INPUTS}`);
  if ((workgroup === 0) !== (groups === 0))
    bad("value", name, "workgroup and groups", `${workgroup} and ${groups}`, "both, or none");
  return { name, inputs: list, dtype, shape, workgroup, groups, loops, wgsl };
}

/** Throws unless the work of one dispatch is at most MAX_WORK, which a GPU does in a moment. */
export function checkWork({ name, shape, dtype, workgroup, groups, loops, wgsl }: KernelAttrs): void {
  const { cost } = guard(name, wgsl, workgroup, dtype);
  const invocations = workgroup === 0 ? numel(shape) : workgroup * groups;
  const work = invocations * Math.max(1, cost / 256) * (1 + loops);
  if (work > MAX_WORK)
    bad(
      "limit",
      name,
      "too much work for one dispatch",
      `${invocations} invocations with ${loops} iterations each`,
      `${MAX_WORK} in all`,
      "ask for fewer `loops`, or split the work",
    );
}

/** Throws unless the given tensors match the declared inputs. */
export function checkInputs({ name, inputs }: KernelAttrs, metas: readonly Meta[]): void {
  if (metas.length !== inputs.length)
    throw new LabError("shape", {
      what: `nn.kernel ${name}: number of inputs`,
      got: String(metas.length),
      expected: `${inputs.length}: ${inputs.map((input) => input.name).join(", ")}`,
    });
  inputs.forEach((input, i) => {
    if (metas[i]?.dtype !== input.dtype)
      throw new LabError("dtype", {
        what: `nn.kernel ${name}: ${input.name}`,
        got: metas[i]?.dtype,
        expected: input.dtype,
      });
  });
}
