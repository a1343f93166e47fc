// The optimizers' updates in float64.

import { rolesOf, type Node } from "../graph/graph.ts";
import type { ReferenceTable } from "./table.ts";

/** Runs `rule` on every element of every parameter; it returns the new values of all roles but the gradient. */
function elements(
  inputs: readonly Float64Array[],
  node: Node,
  rule: (x: number[]) => number[],
): Float64Array[] {
  const roles = rolesOf(node);
  const count = inputs.length / roles;
  const out = Array.from(
    { length: (roles - 1) * count },
    (_, i) => new Float64Array(inputs[i % count]?.length ?? 0),
  );
  const x = new Array<number>(roles).fill(NaN);
  for (let p = 0; p < count; p++)
    for (let i = 0; i < (inputs[p]?.length ?? 0); i++) {
      for (let role = 0; role < roles; role++) x[role] = inputs[role * count + p]?.[i] ?? NaN;
      const made = rule(x);
      for (let role = 0; role < made.length; role++) {
        const target = out[role * count + p];
        if (target) target[i] = made[role] ?? NaN;
      }
    }
  return out;
}

const numbersOf = (node: Node): number[] => [...node.numbers, 0, 0, 0, 0];

export const updateReference: ReferenceTable = {
  adamW(inputs, node) {
    const [lr = 0, b1 = 0, b2 = 0, eps = 0, decay = 0, c1 = 0, c2 = 0] = numbersOf(node);
    return elements(inputs, node, ([p = 0, g = 0, m = 0, v = 0]) => {
      const m1 = m + b1 * (g - m);
      const v1 = v + b2 * (g * g - v);
      return [p - lr * ((m1 * c1) / (Math.sqrt(v1 * c2) + eps) + decay * p), m1, v1];
    });
  },
  lion(inputs, node) {
    const [lr = 0, b1 = 0, b2 = 0, decay = 0] = numbersOf(node);
    return elements(inputs, node, ([p = 0, g = 0, m = 0]) => [
      p - lr * (Math.sign(m + b1 * (g - m)) + decay * p),
      m + b2 * (g - m),
    ]);
  },
  sgd(inputs, node) {
    const [lr = 0, momentum = 0, decay = 0] = numbersOf(node);
    const roles = rolesOf(node);
    return elements(inputs, node, ([p = 0, g = 0, m = 0]) => {
      const m1 = roles === 3 ? momentum * m + g : g;
      const step = roles === 3 && node.attrs.nesterov === true ? g + momentum * m1 : m1;
      return [p - lr * (step + decay * p), m1].slice(0, roles - 1);
    });
  },
  sumSquares: (inputs) => [
    Float64Array.of(inputs.reduce((sum, x) => x.reduce((s, value) => s + value * value, sum), 0)),
  ],
  scaleAll(inputs) {
    const scale = inputs[inputs.length - 1]?.[0] ?? NaN;
    return inputs.slice(0, -1).map((x) => x.map((value) => value * scale));
  },
};
