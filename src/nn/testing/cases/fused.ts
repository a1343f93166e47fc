// Chains that the planner fuses: fusion must not change results.

import * as nn from "../../api.ts";
import { family, someTargets } from "./case.ts";

const add = family("fused");

add(
  "relu² between two products",
  [
    [3, 4],
    [4, 8],
    [8, 5],
  ],
  (x, a, b) => x.matmul(a).relu().square().matmul(b),
);
add(
  "relu² between products of odd sizes",
  [
    [3, 5],
    [5, 7],
    [7, 3],
  ],
  (x, a, b) => x.matmul(a).relu().square().matmul(b),
);
add(
  "gelu between two products",
  [
    [3, 4],
    [4, 8],
    [8, 4],
  ],
  (x, a, b) => x.matmul(a).gelu().matmul(b),
);
add(
  "SwiGLU",
  [
    [3, 4],
    [4, 8],
    [4, 8],
    [8, 4],
  ],
  (x, a, b, c) => x.matmul(a).silu().mul(x.matmul(b)).matmul(c),
);
add(
  "residual",
  [
    [2, 3, 4],
    [4, 4],
  ],
  (x, w) => x.add(nn.rmsNorm(x).matmul(w)),
);
add("residual with gain", [[2, 3, 4], [4, 4], [4]], (x, w, g) => x.add(nn.rmsNorm(x, g).matmul(w)));
add("bias and scale", [[2, 3, 4], [4, 8], [8], [2, 3, 1]], (x, w, b, s) => x.matmul(w).add(b).mul(s).tanh());
add(
  "three products of one input",
  [
    [3, 4],
    [4, 4],
    [4, 4],
    [4, 4],
  ],
  (x, a, b, c) => x.matmul(a).mul(x.matmul(b)).add(x.matmul(c)),
);
add(
  "a product used twice",
  [
    [3, 4],
    [4, 4],
  ],
  (x, w) => {
    const h = x.matmul(w);
    return h.mul(h.sigmoid()).add(h);
  },
);
add("tied table", [[7, 4]], (table) => {
  const x = nn.embedding(table, nn.tensor(Uint32Array.of(3, 1, 6)));
  return nn.crossEntropy(x.matmul(table, { transposeB: true }), someTargets());
});
add(
  "product of a transposed tensor",
  [
    [4, 3],
    [4, 5],
  ],
  (a, b) => a.transpose(0, 1).matmul(b),
);
add(
  "a view in the middle of a chain",
  [
    [2, 6],
    [3, 4],
  ],
  (a, b) => a.exp().view(3, 4).mul(b).view(12).square(),
);
add("broadcast under a view", [[2, 6], [6]], (a, b) => a.mul(b).view(3, 4).square().sum(0));
add(
  "softmax attention by hand",
  [
    [2, 3, 4],
    [2, 5, 4],
    [2, 5, 4],
  ],
  (q, k, v) => nn.softmax(q.matmul(k, { transposeB: true }).mul(0.5)).matmul(v),
);
add("gated residual by a scalar", [[2, 3, 4], [1], [4, 4]], (x, gate, w) => x.add(x.matmul(w).mul(gate)));
