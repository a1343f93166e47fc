// Operations fused into a matmul: the WGSL of the prologue on A and of the epilogue, with the bindings that the
// epilogue adds.
import { LabError } from "../../../error.ts";
import { emitExpression, inputsOf, numbersBinding, numbersOf, type Width } from "./emit-wgsl.ts";
import { IDENTITY, type Expression } from "./expression.ts";
import type { BindingKind } from "../kernel.ts";

/** Shape of an extra operand against the result [batch, m, n]: the whole, [n] along rows, [m] down columns, or [1]. */
export type ExtraKind = "full" | "row" | "column" | "scalar";

export interface Epilogue {
  /** Input 0 is the product, inputs 1.. are `extras`. Each output is a full [batch, m, n] tensor of its own. */
  readonly expression: Expression;
  readonly extras: readonly ExtraKind[];
  /** Output i overwrites the full extra `inPlace[i]` (one readwrite binding, at the extra's place) if it is set. */
  readonly inPlace?: readonly (number | undefined)[];
}

export interface Fused {
  readonly regions: { prologue?: string; epilogue?: string };
  /** Bindings of the extras, then of the outputs; those of A and B come before. */
  readonly bindings: readonly BindingKind[];
  readonly numbers: number;
  /** Number of bindings that are as large as the product. */
  readonly full: number;
}

const PLAIN: Epilogue = { expression: IDENTITY, extras: [] };

/**
 * The regions `prologue` and `epilogue` of a matmul file. The elements of the product are f32 or, at width 4, vec4f
 * along n; `widthA` is the width of the elements of A.
 */
export function fuse(
  width: Width,
  widthA: Width,
  { prologueA, epilogue = PLAIN }: { prologueA?: Expression; epilogue?: Epilogue },
): Fused {
  // Without regions the file itself stores the unchanged product.
  if (!prologueA && epilogue === PLAIN) return { regions: {}, bindings: ["write"], numbers: 0, full: 1 };
  const { expression, extras, inPlace = [] } = epilogue;
  if (inputsOf(expression) > extras.length + 1) {
    throw new LabError(
      "internal",
      `epilogue reads input ${inputsOf(expression) - 1} of ${extras.length + 1}`,
    );
  }
  const type = width === 4 ? "vec4f" : "f32";
  const typeA = widthA === 4 ? "vec4f" : "f32";
  const full = width === 4 ? "start / 4u + row * N4 + column" : "start + row * N + column";
  const spread = (scalar: string) => (width === 4 ? `vec4f(${scalar})` : scalar);
  const bindings: BindingKind[] = [];
  const globals: string[] = [];
  const bind = (name: string, kind: BindingKind, element: string) => {
    const access = kind === "read" ? "read" : "read_write";
    globals.push(
      `@group(0) @binding(${bindings.length + 2}) var<storage, ${access}> ${name}: array<${element}>;`,
    );
    bindings.push(kind);
  };
  const values = extras.map((extra, i) => {
    const overwritten = inPlace.includes(i);
    if (overwritten && extra !== "full")
      throw new LabError("internal", "only a full extra can be overwritten");
    const vector = extra === "full" || extra === "row";
    bind(`X${i}`, overwritten ? "readwrite" : "read", vector ? type : "f32");
    if (extra === "full") return `X${i}[at]`;
    if (extra === "row") return `X${i}[column]`;
    return spread(extra === "column" ? `X${i}[row]` : `X${i}[0]`);
  });
  const body = emitExpression(expression, { width, inputs: ["value", ...values], prefix: "e" });
  const stores = body.outputs.map((value, i) => {
    const target = inPlace[i];
    if (target !== undefined) return `X${target}[at] = ${value};`;
    bind(`Y${i}`, "write", type);
    return `Y${i}[at] = ${value};`;
  });
  const before = prologueA && emitExpression(prologueA, { width: widthA, inputs: ["a"], prefix: "p" });
  const numbers = Math.max(numbersOf(expression), prologueA ? numbersOf(prologueA) : 0);
  const declarations = new Set(
    [body.declarations, before?.declarations ?? ""].flatMap((d) => d.split(/\n(?=fn )/)),
  );
  return {
    regions: {
      ...(before && {
        prologue: [
          `fn prologue(a: ${typeA}) -> ${typeA} {`,
          ...before.statements,
          `return ${before.outputs[0]};`,
          "}",
        ].join("\n"),
      }),
      epilogue: [
        ...globals,
        numbersBinding(bindings.length + 2, numbers),
        ...declarations,
        `fn epilogue(value: ${type}, start: u32, row: u32, column: u32) {`,
        `let at = ${full};`,
        ...body.statements,
        ...stores,
        "}",
      ].join("\n"),
    },
    bindings,
    numbers,
    full: bindings.length - extras.filter((extra) => extra !== "full").length,
  };
}
