// Elementwise operations: runs their instructions on bounds. An element depends on the tokens of its operands, unless
// its value is the same for all tokens, as with a factor of 0 or a branch that is never taken.

import type { BinaryOp, PointwiseEmitter, UnaryOp } from "../../kernels/wgsl/expression.ts";
import { binaryFunctions, unaryFunctions } from "../../kernels/wgsl/float64.ts";
import type { Shape } from "../../values/shape.ts";
import { combine, lifted, uniform, type Field } from "../field.ts";
import { joinRows, joinTokens, later, rounded, settle, type Knowledge, type Tokens } from "../knowledge.ts";

type Bounds = readonly [low: number, high: number];
const UNKNOWN: Bounds = [-Infinity, Infinity];
const isKnown = (low: number, high: number) =>
  low === high || (Number.isFinite(low) && Number.isFinite(high));

/** Bounds of a correctly rounded WGSL operation on exactly known numbers: the result is the same on every adapter. */
export function exactly(value: number): Bounds {
  if (Number.isNaN(value)) return UNKNOWN;
  // f32 cannot represent the value: an adapter may round it, or keep more digits in a fused operation.
  return Math.fround(value) === value ? [value, value] : rounded(value, value);
}

const EXACT_UNARY = new Set<UnaryOp>(["neg", "relu", "square", "abs", "sign", "floor"]);
const RISING = new Set<UnaryOp>(["exp", "tanh", "sigmoid", "relu", "floor", "sign", "erf"]);
const EXACT_BINARY = new Set<BinaryOp>([
  "add",
  "sub",
  "mul",
  "max",
  "min",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
]);
/** exp of a smaller number is 0 in f32, by a wide margin. */
export const EXP_IS_ZERO = -200;

function unaryBounds(op: UnaryOp, low: number, high: number): Bounds {
  if (!isKnown(low, high)) return UNKNOWN;
  const f = unaryFunctions[op];
  if (low === high && EXACT_UNARY.has(op)) return exactly(f(low));
  if (op === "exp") {
    if (high < EXP_IS_ZERO) return [0, 0];
    return high > 80 ? UNKNOWN : [0, rounded(0, f(high))[1]];
  }
  if (!Number.isFinite(low)) return UNKNOWN;
  switch (op) {
    case "neg":
      return [-high, -low];
    case "abs":
    case "square": {
      const most = Math.max(Math.abs(low), Math.abs(high));
      const least = low <= 0 && high >= 0 ? 0 : Math.min(Math.abs(low), Math.abs(high));
      return op === "abs" ? [least, most] : [0, rounded(0, most * most)[1]];
    }
    case "sqrt":
      return low < 0 ? UNKNOWN : [0, rounded(0, f(high))[1]];
    case "rsqrt":
    case "reciprocal":
      return low < 1e-30 ? UNKNOWN : [0, rounded(0, f(low))[1]];
    case "log":
      return low < 1e-30 ? UNKNOWN : rounded(f(low), f(high));
    case "sin":
    case "cos":
      // For larger arguments the kernel's reduction by quarter turns has no bound.
      return Math.max(-low, high) < 8192 ? [-1.01, 1.01] : UNKNOWN;
    case "gelu":
    case "silu":
      return rounded(-1, Math.max(0, high));
    default:
      return RISING.has(op) ? rounded(f(low), f(high)) : UNKNOWN;
  }
}

function binaryBounds(op: BinaryOp, a: Bounds, b: Bounds): Bounds {
  if (["eq", "ne", "lt", "le", "gt", "ge"].includes(op)) return compareBounds(op, a, b);
  if (!isKnown(...a) || !isKnown(...b)) return UNKNOWN;
  const f = binaryFunctions[op];
  if (a[0] === a[1] && b[0] === b[1] && EXACT_BINARY.has(op)) return exactly(f(a[0], b[0]));
  if (op === "max" || op === "min") return [f(a[0], b[0]), f(a[1], b[1])];
  if (op === "mul") {
    const finite = [...a, ...b].every(Number.isFinite);
    if (finite && ((a[0] === 0 && a[1] === 0) || (b[0] === 0 && b[1] === 0))) return [0, 0];
  }
  if (op === "pow" && !(b[0] === b[1] && Number.isInteger(b[0]) && b[0] > 0)) return UNKNOWN;
  if (op === "div" && b[0] <= 1e-30 && b[1] >= -1e-30) return UNKNOWN;
  const corners = [f(a[0], b[0]), f(a[0], b[1]), f(a[1], b[0]), f(a[1], b[1])];
  if (op === "pow") corners.push(0);
  if (corners.some(Number.isNaN)) return UNKNOWN;
  const [low, high] = [Math.min(...corners), Math.max(...corners)];
  if (low === high && !Number.isFinite(low)) return [low, high];
  return rounded(low, high);
}

function compareBounds(op: BinaryOp, a: Bounds, b: Bounds): Bounds {
  if (!isKnown(...a) || !isKnown(...b)) return [0, 1];
  const settled = (holds: boolean): Bounds => (holds ? [1, 1] : [0, 0]);
  if (a[0] === a[1] && b[0] === b[1]) return settled(binaryFunctions[op](a[0], b[0]) === 1);
  const [below, above] = [a[1] < b[0], a[0] > b[1]];
  if (!below && !above) return [0, 1];
  if (op === "eq" || op === "ne") return settled(op === "ne");
  return settled(op === "lt" || op === "le" ? below : above);
}

/** Applies an elementwise operation: joins the tokens of the operands, and maps their bounds by `bounds`. */
function apply(
  operands: readonly Knowledge[],
  shape: Shape,
  bounds: (...operands: readonly Bounds[]) => Bounds,
): Knowledge {
  const fields = operands.flatMap(({ low, high }) => [low, high]);
  const side = (which: 0 | 1): Field =>
    combine(fields, (...v) => bounds(...operands.map((_, k): Bounds => [v[2 * k], v[2 * k + 1]]))[which]);
  return settle({ shape, ...joinTokens(operands), low: side(0), high: side(1) });
}

/** `a` where the bounds of the condition exclude 0, `b` where it is always 0, else the join of both. */
function choose(condition: Knowledge, a: Knowledge, b: Knowledge, shape: Shape): Knowledge {
  // 1: a, 0: b, NaN: both are possible.
  const which = combine([condition.low, condition.high], (low, high) => {
    if (!isKnown(low, high)) return NaN;
    if (low === 0 && high === 0) return 0;
    return low > 0 || high < 0 ? 1 : NaN;
  });
  const pick = (f: (k: Knowledge) => Field, either: (c: number, a: number, b: number) => number) =>
    combine([which, f(condition), f(a), f(b)], (w, c, x, y) => (w === 1 ? x : w === 0 ? y : either(c, x, y)));
  return settle({
    shape,
    time: pick(
      (k) => k.time,
      (c, x, y) => later(c, later(x, y)),
    ),
    row: pick(
      (k) => k.row,
      (c, x, y) => joinRows(c, joinRows(x, y)),
    ),
    low: pick(
      (k) => k.low,
      (_, x, y) => Math.min(x, y),
    ),
    high: pick(
      (k) => k.high,
      (_, x, y) => Math.max(x, y),
    ),
  });
}

/** The result of an elementwise operation; `run` appends its instructions and returns the index of the last. */
export function followPointwise(
  run: (emitter: PointwiseEmitter, operands: readonly number[]) => number,
  numbers: readonly number[],
  inputs: readonly Knowledge[],
  shape: Shape,
): Knowledge {
  const rank = shape.length;
  const none: Tokens = { time: uniform(rank, -1), row: uniform(rank, -1) };
  const values: Knowledge[] = inputs.map((k) => ({
    shape,
    time: lifted(k.time, rank),
    row: lifted(k.row, rank),
    low: lifted(k.low, rank),
    high: lifted(k.high, rank),
  }));
  const push = (k: Knowledge) => values.push(k) - 1;
  const number = (value: number) => {
    // A number of the plan is f32 on the device.
    const [low, high] = exactly(value);
    return push({ shape, ...none, low: uniform(rank, low), high: uniform(rank, high) });
  };
  const emitter: PointwiseEmitter = {
    unary: (f, a) => push(apply([values[a]], shape, (x) => unaryBounds(f, ...x))),
    binary: (f, a, b) => push(apply([values[a], values[b]], shape, (x, y) => binaryBounds(f, x, y))),
    where: (c, a, b) => push(choose(values[c], values[a], values[b], shape)),
    constant: number,
    number: (slot) => number(numbers[slot]),
  };
  const last = run(
    emitter,
    inputs.map((_, i) => i),
  );
  return values[last];
}
