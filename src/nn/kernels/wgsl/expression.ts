// A small straight-line program of elementwise operations, from which the WGSL of a fused chain is generated. One
// program serves scalars and vec4, as a kernel or as the prologue or epilogue of another kernel.

export type UnaryOp =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "tanh"
  | "sigmoid"
  | "relu"
  | "square"
  | "abs"
  | "sign"
  | "sin"
  | "cos"
  | "floor"
  | "gelu"
  | "silu"
  | "erf";
export type BinaryOp =
  "add" | "sub" | "mul" | "div" | "max" | "min" | "pow" | "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** One instruction; operands are indices of earlier instructions. Comparisons give 1.0 or 0.0. */
export type Instruction =
  | { readonly op: "input"; readonly index: number }
  | { readonly op: "number"; readonly slot: number }
  | { readonly op: "constant"; readonly value: number }
  | { readonly op: UnaryOp; readonly a: number }
  | { readonly op: BinaryOp; readonly a: number; readonly b: number }
  | { readonly op: "where"; readonly condition: number; readonly a: number; readonly b: number };

export interface Expression {
  readonly instructions: readonly Instruction[];
  /** Indices of the instructions whose values are the outputs, in output order. */
  readonly outputs: readonly number[];
}

const input = (index: number): Instruction => ({ op: "input", index });

/** The first input, unchanged. */
export const IDENTITY: Expression = { instructions: [input(0)], outputs: [0] };

/** One operation on the first input. */
export function unaryOf(op: UnaryOp): Expression {
  return { instructions: [input(0), { op, a: 0 }], outputs: [1] };
}

/** One operation on the first two inputs. */
export function binaryOf(op: BinaryOp): Expression {
  return { instructions: [input(0), input(1), { op, a: 0, b: 1 }], outputs: [2] };
}

/** Appends instructions to a fused chain; returns the index of the new value. */
export interface PointwiseEmitter {
  unary(op: UnaryOp, a: number): number;
  binary(op: BinaryOp, a: number, b: number): number;
  where(condition: number, a: number, b: number): number;
  constant(value: number): number;
  /** The i-th of the node's numbers, read at run time. */
  number(slot: number): number;
}
