// Elementwise operations: domains, broadcasting to either side, numbers as operands.

import * as nn from "../../api.ts";
import { family, positive } from "./case.ts";

const add = family("elementwise");

const unary = [
  "neg",
  "exp",
  "tanh",
  "sigmoid",
  "relu",
  "square",
  "abs",
  "sin",
  "cos",
  "erf",
  "gelu",
  "silu",
] as const;
for (const name of unary) add(name, [[3, 5]], (x) => x.mul(3)[name]());
for (const name of ["log", "sqrt", "rsqrt", "reciprocal"] as const)
  add(name, [[3, 5]], (x) => x[name](), positive);
add("softcap", [[7]], (x) => x.mul(4).softcap(2.5));
const binary = ["add", "sub", "mul", "div", "maximum", "minimum"] as const;
for (const name of binary) {
  add(
    `${name} broadcasts`,
    [
      [2, 3, 5],
      [3, 1],
    ],
    (a, b) => a[name](b),
    positive,
  );
  add(`${name} broadcasts to the left`, [[5], [2, 1, 5]], (a, b) => a[name](b), positive);
  add(`${name} of a number`, [[5]], (a) => a[name](0.7), positive);
}
add("pow", [[3, 5], [5]], (a, b) => a.pow(b), positive);
add("pow of a number", [[3, 5]], (a) => a.pow(2.5), positive);
add("clamp", [[11]], (x) => x.clamp(-0.3, 0.5));
const mask = () =>
  nn.tensor(
    Float32Array.from({ length: 15 }, (_, k) => k % 2),
    [3, 5],
  );
add("where", [[5], [3, 1]], (a, b) => nn.where(mask(), a, b));
add("where with numbers", [[3, 5]], (a) => nn.where(a.gt(0), a, 3));
add("a value used twice", [[3]], (x) => x.mul(x).add(x.exp().mul(x)));
