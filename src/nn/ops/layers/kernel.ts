// nn.kernel: an operation whose WGSL and gradient the researcher writes in train.ts. The recorded graph contains the
// text; kernel-attrs.ts checks it there.

import { LabError } from "../../../error.ts";
import { checkOptions, needTensor } from "../../tensor/check-argument.ts";
import { define, type Node } from "../../graph/graph.ts";
import { checkShape, numel, sameShape, show, type Shape, type DType } from "../../values/shape.ts";
import { customKernel } from "../../kernels/layers/custom.ts";
import { MAX_TEXT, isElementwise } from "../../kernels/layers/custom-wgsl.ts";
import type { Lowering, Operand } from "../../graph/lowering.ts";
import { recordNode, recorder } from "../../tensor/current-recorder.ts";
import type { Recorder } from "../../tensor/recorder.ts";
import { showValue } from "../../values/show-value.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { atLine } from "../../values/source-line.ts";
import { joinTokens, within } from "../../dependence/knowledge.ts";
import { bad, checkInputs, checkWork, guard, MAX_INPUTS, readAttrs } from "./kernel-attrs.ts";

/** Default number of iterations of all invocations of one dispatch. */
const USUAL_WORK = 2 ** 27;
const MAX_USUAL = 65_000;

/** Names of the inputs with their element types. */
export type KernelInputs = Readonly<Record<string, DType>>;

export interface KernelDefinition<I extends KernelInputs = KernelInputs> {
  /** Letters, digits, - and _; used in errors and profiles. */
  name: string;
  /** Names of the inputs in the WGSL, in order, with their element types: `{ x: "f32", tokens: "u32" }`. */
  inputs: I;
  /** Shape of the result from the shapes of the inputs; default that of the first. */
  output?: (...shapes: Shape[]) => Shape;
  /** Element type of the result; default "f32". */
  dtype?: DType;
  /**
   * WGSL functions and constants, without bindings, attributes and entry point. Each input `x` is an `array<f32>` (or
   * u32) with a constant `x_shape: array<u32, rank>`; `y_shape` is that of the result.
   *
   * Without `workgroup`: `fn element(i: u32) -> f32` returns element i of the result.
   * With `workgroup`: `fn group(g: u32, lane: u32)` runs in `groups` workgroups of so many lanes. It writes `y`, which
   * is initially zero, and may use `var<workgroup>` and, only in `fn group`, barriers.
   */
  wgsl: string;
  /** Lanes of a workgroup, 1 to 256. */
  workgroup?: number;
  /** Number of workgroups from the shapes of the inputs. */
  groups?: (...shapes: Shape[]) => number;
  /**
   * Maximum number of iterations of one invocation over all its loops (loops around a barrier: an eighth). An
   * invocation that exceeds it stops and gives NaN. Default: 2^27 shared by all invocations, at least 256, at most
   * 65,000: Mesa's llvmpipe, a driver on the CPU, ends every loop after 65,535 iterations without an error.
   */
  loops?: number;
  /**
   * Gradients of the inputs by name, from that of the result, the inputs and the result; a missing one means none.
   * Without `gradient`, backward through the kernel is an error.
   */
  gradient?: (
    g: Tensor,
    inputs: { readonly [K in keyof I]: Tensor },
    y: Tensor,
  ) => { readonly [K in keyof I]?: Tensor | null };
}

type Gradient = NonNullable<KernelDefinition["gradient"]>;

/** Gradient functions of train.ts, by node; they are never exported. */
const gradients = new WeakMap<Node, Gradient | undefined>();

const INTEGER = { kind: "integer", min: 0 } as const;

const kernelOp = define({
  name: "kernel",
  label: ({ name }) => `nn.kernel ${name as string}`,
  work({ outputs: [out], attrs }) {
    const { workgroup, groups, loops } = attrs as { workgroup: number; groups: number; loops: number };
    return (workgroup === 0 ? numel(out.shape) : workgroup * groups) * (64 + loops);
  },
  arity: [1, MAX_INPUTS],
  // The text is last, so that no text can make the keys of two different plans equal.
  attrs: {
    name: { kind: "text", max: 40 },
    inputs: { kind: "text", max: 400 },
    dtype: { kind: "choice", of: ["f32", "u32"] },
    shape: { kind: "shape" },
    workgroup: { ...INTEGER, max: 256 },
    groups: { ...INTEGER, max: 2 ** 24 },
    loops: { ...INTEGER, max: 2 ** 30 },
    wgsl: { kind: "text", max: MAX_TEXT },
  },
  infer(metas, attrs) {
    const read = readAttrs(attrs);
    checkShape(`nn.kernel ${read.name}`, read.shape);
    checkInputs(read, metas);
    checkWork(read);
    return [{ shape: read.shape, dtype: read.dtype }];
  },
  freeGradient: true,
  gradient(c) {
    const { name, inputs } = readAttrs(c.node.attrs);
    const gradient = gradients.get(c.node);
    // The line that uses the kernel, not the line that calls backward.
    const what = `${atLine(recorder().lines.source, c.node.line)}nn.kernel ${name}`;
    if (!gradient)
      throw new LabError("value", {
        what: `${what}: has no gradient`,
        hint: "give `gradient`, or detach its inputs",
      });
    const given = Object.fromEntries(inputs.map((input, i) => [input.name, c.input(i)]));
    const grads = gradient(c.grad, given, c.output(0));
    checkGradients(what, grads, given);
    return inputs.map((input) => grads[input.name] ?? null);
  },
  follow({ attrs, inputs, outputs: [output] }) {
    const { inputs: declared, workgroup, wgsl } = readAttrs(attrs);
    const names = declared.map(({ name }) => name);
    const alike = inputs.every(({ shape }) => sameShape(shape, output.shape));
    if (workgroup > 0 || !alike || !isElementwise(wgsl, names)) return null;
    return [within(output.shape, joinTokens(inputs), Infinity)];
  },
  lower(node, lowering) {
    const read = readAttrs(node.attrs);
    const inputs = read.inputs.map((input, i) => ({ ...input, shape: node.in(i).shape }));
    const kernel = customKernel(lowering.caps, { ...read, inputs, output: node.out() });
    const given = node.inputs.map((value) => lowering.read(value));
    const output = lowering.output(node);
    const operands = given.map((operand, i) => ownCopy(operand, given.slice(0, i), output, lowering));
    // Memory is reused: without the fill, `fn group` could read the data of another kernel.
    if (read.workgroup > 0) lowering.fill(output, { kind: "constant", value: 0 });
    lowering.emit(kernel, [...operands, output]);
  },
});

/** Copies an input that overlaps an earlier one in the buffer of the result: that buffer is bound as writable. */
function ownCopy(
  operand: Operand,
  earlier: readonly Operand[],
  output: Operand,
  lowering: Lowering,
): Operand {
  const { buffer, offset, count } = operand;
  const bound = earlier.some(
    (other) =>
      other.buffer === buffer && other.offset < offset + count && offset < other.offset + other.count,
  );
  if (!bound || buffer !== output.buffer) return operand;
  const copy = lowering.scratch(count);
  const steps = { shape: [count], sourceStrides: [1], sourceOffset: 0, targetStrides: [1], targetOffset: 0 };
  lowering.copy(operand, copy, steps);
  return copy;
}

function checkGradients(
  what: string,
  grads: Readonly<Record<string, Tensor | null | undefined>>,
  inputs: Readonly<Record<string, Tensor>>,
): void {
  const given: unknown = grads;
  if (typeof given !== "object" || given === null)
    throw new LabError("value", {
      what: `${what}: the result of \`gradient\``,
      got: showValue(given),
      expected: `an object with ${Object.keys(inputs).join(", ")}`,
    });
  for (const [input, g] of Object.entries(grads)) {
    const shape = inputs[input]?.shape;
    if (g !== undefined && g !== null) needTensor(`${what}: gradient of ${input}`, g);
    if (!shape)
      throw new LabError("value", {
        what: `${what}: gradient of no input`,
        got: input,
        expected: Object.keys(inputs).join(", "),
      });
    if (g && (g.dtype !== "f32" || !sameShape(g.shape, shape)))
      throw new LabError("shape", {
        what: `${what}: gradient of ${input}`,
        got: `${show(g.shape)} ${g.dtype}`,
        expected: `${show(shape)} f32`,
      });
  }
}

const FIELDS = ["name", "inputs", "output", "dtype", "wgsl", "workgroup", "groups", "loops", "gradient"];

/** Throws unless the fields of a definition have the right types: they become attributes of a graph. */
function checkDefinition(definition: unknown): void {
  checkOptions("nn.kernel", definition, FIELDS);
  const fields = definition as { readonly [K in keyof KernelDefinition]: unknown };
  const name = typeof fields.name === "string" ? fields.name : "?";
  const need = (field: keyof KernelDefinition, holds: boolean, expected: string) => {
    if (!holds) bad("value", name, field, showValue(fields[field]), expected);
  };
  const isFunction = (value: unknown) => value === undefined || typeof value === "function";
  const { inputs } = fields;
  need("name", name !== "?", "a name");
  need("wgsl", typeof fields.wgsl === "string", "WGSL text");
  need(
    "inputs",
    typeof inputs === "object" &&
      inputs !== null &&
      Object.values(inputs).every((type) => type === "f32" || type === "u32"),
    'names with "f32" or "u32"',
  );
  need("dtype", fields.dtype === undefined || fields.dtype === "f32" || fields.dtype === "u32", "f32 or u32");
  for (const field of ["output", "groups", "gradient"] as const)
    need(field, isFunction(fields[field]), "a function");
}

/**
 * Makes an operation from WGSL. `forward` may use it: scoring runs the same text. Errors in the text name its line;
 * every loop is bounded (see `loops`).
 *
 *     const cube = nn.kernel({
 *       name: "cube",
 *       inputs: { x: "f32" },
 *       wgsl: "fn element(i: u32) -> f32 { return x[i] * x[i] * x[i]; }",
 *       gradient: (g, { x }) => ({ x: g.mul(x.square()).mul(3) }),
 *     });
 *     const y = cube(x);
 */
export function kernel<const I extends KernelInputs>(
  definition: KernelDefinition<I>,
): (...inputs: Tensor[]) => Tensor {
  checkDefinition(definition);
  const { name, output, dtype = "f32", wgsl, workgroup = 0, gradient } = definition;
  const inputs = Object.entries(definition.inputs).map((pair) => pair.join(":"));
  return (...tensors) => {
    for (const tensor of tensors) needTensor(`nn.kernel ${name}`, tensor);
    const shapes = tensors.map((tensor) => tensor.shape);
    const shape = output ? output(...shapes) : (shapes[0] ?? []);
    checkShape(`nn.kernel ${name}`, shape);
    const groups = definition.groups?.(...shapes) ?? 0;
    if (!Number.isInteger(workgroup) || workgroup < 0 || workgroup > 256)
      bad("value", name, "bad workgroup", showValue(workgroup), "1 to 256 lanes");
    if (!Number.isInteger(groups) || groups < 0 || groups > 2 ** 24)
      bad("value", name, "bad number of groups", showValue(groups), "a positive integer up to 2^24");
    const guarded = guard(name, wgsl, workgroup, dtype);
    const invocations = Math.max(1, workgroup === 0 ? numel(shape) : workgroup * groups);
    const share = Math.floor(USUAL_WORK / invocations / Math.max(1, guarded.cost / 256));
    const usual = Math.min(MAX_USUAL, Math.max(256, share));
    const loops = guarded.loops ? (definition.loops ?? usual) : 0;
    if (!Number.isInteger(loops) || loops < 0 || loops > 2 ** 30)
      bad("value", name, "bad loops", showValue(loops), "a positive integer up to 2^30");
    const node = recordNode(kernelOp, tensors, {
      name,
      inputs: inputs.join(","),
      dtype,
      shape,
      workgroup,
      groups,
      loops,
      wgsl,
    });
    gradients.set(node, gradient as Gradient | undefined);
    if (loops > 0) noteLoops(name, node.line, loops);
    return new Tensor(node.out());
  };
}

/** Kernels with loops that each recorder has seen, by name. */
const looping = new WeakMap<Recorder, Map<string, { readonly line: number; readonly loops: number }>>();

function noteLoops(name: string, line: number, loops: number): void {
  const kernels = looping.get(recorder()) ?? new Map<string, { line: number; loops: number }>();
  looping.set(recorder(), kernels);
  // The line is known only of the first of equal steps.
  if (line > 0 || !kernels.has(name)) kernels.set(name, { line, loops });
}

/** For a loss that is NaN: which kernels could have made it so by a loop that reached its bound, and the remedy. */
export function loopsAtTheirBound(): string | undefined {
  const kernels = [...(looping.get(recorder()) ?? [])];
  if (kernels.length === 0) return undefined;
  const { source } = recorder().lines;
  const named = kernels.map(
    ([name, { line, loops }]) => `${atLine(source, line)}nn.kernel ${name} after ${loops} iterations`,
  );
  return `a kernel's loop that reaches its bound gives NaN, here ${named.join(", ")}: end it sooner, or raise \`loops\``;
}
