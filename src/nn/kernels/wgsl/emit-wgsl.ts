// Turns an Expression into WGSL statements, for scalars or for vec4 lanes: the body of a fused elementwise kernel
// and the prologues and epilogues of the others. Defines the cases that WGSL leaves undefined (see `pow`, `tanh`).
import { LabError } from "../../../error.ts";
import type { BinaryOp, Expression, Instruction, UnaryOp } from "./expression.ts";

/** 1: values are `f32`; 4: values are `vec4f`. */
export type Width = 1 | 4;

interface EmitOptions {
  readonly width: Width;
  /** WGSL of each input value, of type `f32` or `vec4f` by `width`. Each is written once, into a `let`. */
  readonly inputs: readonly string[];
  /** WGSL of a run-time number, an `f32`. The default reads the uniform `numbers` of `numbersBinding`. */
  readonly number?: (slot: number) => string;
  /** Prefix of the name of every local, so that two expressions can share a scope. */
  readonly prefix?: string;
}

interface Emitted {
  /** Functions to declare once at module scope; empty if none is needed. */
  readonly declarations: string;
  /** Statements, one `let` per instruction. */
  readonly statements: readonly string[];
  /** Names of the locals that hold the outputs. */
  readonly outputs: readonly string[];
}

/** Number of run-time numbers that an expression reads: its highest slot plus one. */
export function numbersOf(expression: Expression): number {
  return expression.instructions.reduce((n, i) => (i.op === "number" ? Math.max(n, i.slot + 1) : n), 0);
}

/** Number of inputs that an expression reads: its highest index plus one. */
export function inputsOf(expression: Expression): number {
  return expression.instructions.reduce((n, i) => (i.op === "input" ? Math.max(n, i.index + 1) : n), 0);
}

/** Declares the uniform block of run-time numbers at `binding`; empty where `count` is 0. */
export function numbersBinding(binding: number, count: number): string {
  if (count === 0) return "";
  return `@group(0) @binding(${binding}) var<uniform> numbers: array<vec4f, ${Math.ceil(count / 4)}>;`;
}

/** WGSL of the run-time number in `slot`, an `f32`. */
function numberAt(slot: number): string {
  return `numbers[${slot >> 2}].${"xyzw"[slot & 3]}`;
}

const LARGEST = 3.4028234663852886e38;

/** A finite f32 literal. Infinities become the largest finite value: WGSL has no literal for them. */
export function literal(value: number): string {
  if (Number.isNaN(value)) throw new LabError("value", { what: "a constant of a kernel is not a number" });
  const rounded = Math.fround(Math.min(LARGEST, Math.max(-LARGEST, value)));
  const finite = Math.abs(rounded) === Infinity ? Math.sign(rounded) * LARGEST : rounded;
  return `${Object.is(finite, -0) ? "-0.0" : finite}f`;
}

/** Emits the statements that compute `expression`. */
export function emitExpression(expression: Expression, options: EmitOptions): Emitted {
  const { width, inputs, number = numberAt, prefix = "e" } = options;
  const type = width === 4 ? "vec4f" : "f32";
  const wide = (scalar: string) => (width === 4 ? `vec4f(${scalar})` : scalar);
  const helpers = new Set<Helper>();
  const name = (i: number) => `${prefix}${i}`;
  const value = (instruction: Instruction): string => {
    switch (instruction.op) {
      case "input": {
        const input = inputs[instruction.index];
        if (input === undefined)
          throw new LabError("internal", `expression reads input ${instruction.index} of ${inputs.length}`);
        return input;
      }
      case "number":
        return wide(number(instruction.slot));
      case "constant":
        return wide(literal(instruction.value));
      case "where":
        return `select(${name(instruction.b)}, ${name(instruction.a)}, ${name(instruction.condition)} != ${wide("0.0f")})`;
      default:
        if ("b" in instruction) {
          const exponent = expression.instructions[instruction.b];
          if (instruction.op === "pow" && exponent.op === "constant") {
            const power = smallPower(name(instruction.a), exponent.value, wide);
            if (power !== null) return power;
          }
          if (instruction.op === "pow") helpers.add("pow");
          return binary(instruction.op, name(instruction.a), name(instruction.b), wide);
        }
        if (instruction.op === "erf" || instruction.op === "gelu") helpers.add("erf");
        if (instruction.op === "sin" || instruction.op === "cos") helpers.add("sine");
        return unary(instruction.op, name(instruction.a), wide);
    }
  };
  const statements = expression.instructions.map(
    (instruction, i) => `let ${name(i)} = ${value(instruction)};`,
  );
  return {
    declarations: [...helpers].map((helper) => HELPERS[helper](type, wide)).join("\n"),
    statements,
    outputs: expression.outputs.map(name),
  };
}

type Wide = (scalar: string) => string;
type Helper = "erf" | "pow" | "sine";

/** WGSL has no overloading, and a kernel may hold a scalar prologue beside a vec4 epilogue. */
function suffix(wide: Wide): string {
  return wide("") === "" ? "f32" : "vec4f";
}

function unary(op: UnaryOp, a: string, wide: Wide): string {
  switch (op) {
    case "neg":
      return `-${a}`;
    case "rsqrt":
      return `inverseSqrt(${a})`;
    case "reciprocal":
      return `${wide("1.0f")} / ${a}`;
    case "tanh": // Metal's fast tanh is NaN past 44; past 9.02 the f32 answer is ±1 anyway.
      return `tanh(clamp(${a}, ${wide("-15.0f")}, ${wide("15.0f")}))`;
    case "sigmoid":
      return `${wide("1.0f")} / (${wide("1.0f")} + exp(-${a}))`;
    case "silu":
      return `${a} / (${wide("1.0f")} + exp(-${a}))`;
    case "relu":
      return `max(${a}, ${wide("0.0f")})`;
    case "square":
      return `${a} * ${a}`;
    case "gelu": // the exact form, PyTorch's default
      return `0.5f * ${a} * (${wide("1.0f")} + erf_${suffix(wide)}(${a} * 0.7071067811865476f))`;
    case "erf":
      return `erf_${suffix(wide)}(${a})`;
    case "sin":
    case "cos":
      return `sine_${suffix(wide)}(${a}, ${op === "sin" ? "0.0f" : "1.0f"})`;
    default:
      return `${op}(${a})`;
  }
}

function binary(op: BinaryOp, a: string, b: string, wide: Wide): string {
  switch (op) {
    case "add":
      return `${a} + ${b}`;
    case "sub":
      return `${a} - ${b}`;
    case "mul":
      return `${a} * ${b}`;
    case "div":
      return `${a} / ${b}`;
    case "max":
    case "min":
      return `${op}(${a}, ${b})`;
    case "pow":
      return `pow_${suffix(wide)}(${a}, ${b})`;
    default: {
      const sign = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" }[op];
      return `select(${wide("0.0f")}, ${wide("1.0f")}, ${a} ${sign} ${b})`;
    }
  }
}

/** Powers that need no logarithm, exact for negative bases too; null where there is none. */
function smallPower(a: string, exponent: number, wide: Wide): string | null {
  switch (exponent) {
    case 0:
      return wide("1.0f");
    case 0.5:
      return `sqrt(${a})`;
    case -0.5:
      return `inverseSqrt(${a})`;
    case 1:
      return a;
    case 2:
      return `${a} * ${a}`;
    case 3:
      return `${a} * ${a} * ${a}`;
    case 4:
      return `(${a} * ${a}) * (${a} * ${a})`;
    case -1:
      return `${wide("1.0f")} / ${a}`;
    case -2:
      return `${wide("1.0f")} / (${a} * ${a})`;
    default:
      return null;
  }
}

const HELPERS: Record<Helper, (type: string, wide: Wide) => string> = {
  // Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7, about one f32 rounding of values near 1.
  erf: (type, wide) => `fn erf_${suffix(wide)}(x: ${type}) -> ${type} {
  let a = abs(x);
  let t = 1.0f / (1.0f + 0.3275911f * a);
  let p = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  return sign(x) * (1.0f - p * exp(-a * a));
}`,
  // WGSL allows sin and cos an error of 2^-11. This is the Cephes method, two roundings within |x| < 8192: reduce
  // by quarter turns with pi/2 in three parts, then the polynomial of the quadrant. cos is sin a quarter turn on.
  sine: (type, wide) => `fn sine_${suffix(wide)}(x: ${type}, quarter: f32) -> ${type} {
  let n = round(x * 0.6366197723675814f);
  let r = ((x - n * 1.5703125f) - n * 4.83751296997e-4f) - n * 7.54978994877e-8f;
  let q = n + quarter - 4.0f * floor((n + quarter) * 0.25f);
  let z = r * r;
  let s = r + r * z * (-1.6666654611e-1f + z * (8.3321608736e-3f - z * 1.9515295891e-4f));
  let c = 1.0f - 0.5f * z + z * z * (4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f));
  return select(${wide("1.0f")}, ${wide("-1.0f")}, q >= ${wide("2.0f")}) * select(s, c, (q == ${wide("1.0f")}) | (q == ${wide("3.0f")}));
}`,
  // WGSL's pow is undefined below zero and 0^0 is NaN by its formula; a negative base with a whole exponent is
  // defined here as everywhere else, with a fractional one it is NaN (the logarithm of a negative number).
  pow: (type, wide) => `fn pow_${suffix(wide)}(x: ${type}, y: ${type}) -> ${type} {
  let whole = floor(y) == y;
  let odd = floor(y * 0.5f) * 2.0f != y;
  let size = exp2(y * log2(select(x, abs(x), whole)));
  return select(select(size, -size, (x < ${wide("0.0f")}) & odd & whole), ${wide("1.0f")}, y == ${wide("0.0f")});
}`,
};
