// Initial values of parameters. An initialiser is a function of the shape and the lab's random numbers, so that the
// seed of a run belongs to the lab and not to train.ts.

import { LabError } from "../../error.ts";
import { checkNumber } from "./check-argument.ts";
import type { Random } from "../values/random.ts";
import { checkShape, numel, show, type Shape } from "../values/shape.ts";

/** Initialiser: `nn.normal(std)`, `nn.uniform(a)`, `nn.zeros`, `nn.ones`, `nn.constant(v)`, `nn.orthogonal(gain)`. */
export type Initial = (shape: Shape, random: Random) => Float32Array;

/** Normal values with mean 0 and the given standard deviation. */
export function normal(std = 1): Initial {
  checkNumber("normal: std", std, 0);
  return (shape, random) => Float32Array.from({ length: numel(shape) }, () => random.normal() * std);
}
/** Uniform values in [-a, a). */
export function uniform(a = 1): Initial {
  checkNumber("uniform: a", a, 0);
  return (shape, random) => Float32Array.from({ length: numel(shape) }, () => (random.uniform() * 2 - 1) * a);
}
export function constant(value: number): Initial {
  checkNumber("constant", value);
  return (shape) => {
    checkShape("constant", shape);
    return new Float32Array(numel(shape)).fill(value);
  };
}
export const zeros: Initial = constant(0);
export const ones: Initial = constant(1);

/** A matrix with orthonormal rows or columns (the fewer ones) times `gain`: modified Gram-Schmidt on normal values. */
export function orthogonal(gain = 1): Initial {
  checkNumber("orthogonal: gain", gain);
  return (shape, random) => {
    if (shape.length !== 2)
      throw new LabError("shape", {
        what: "orthogonal: needs a matrix",
        got: show(shape),
        expected: "[rows, columns]",
      });
    const [rows, columns] = shape;
    const count = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const vectors: Float64Array[] = [];
    for (let i = 0; i < count; i++) {
      const v = Float64Array.from({ length }, () => random.normal());
      // Two passes are enough: the second removes the rounding errors of the first.
      for (let pass = 0; pass < 2; pass++)
        for (const u of vectors) {
          let dot = 0;
          for (let k = 0; k < length; k++) dot += u[k] * v[k];
          for (let k = 0; k < length; k++) v[k] = v[k] - dot * u[k];
        }
      const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
      vectors.push(v.map((x) => x / norm));
    }
    const out = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        out[r * columns + c] = gain * (rows <= columns ? vectors[r][c] : vectors[c][r]);
    return out;
  };
}
