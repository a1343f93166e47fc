// The layers of a GPT: norms, rotation, attention, embedding, cross-entropy.

import * as nn from "../../api.ts";
import { family, someTargets } from "./case.ts";

const add = family("operations of a model");

add("rmsNorm", [[3, 7]], (x) => nn.rmsNorm(x));
add("rmsNorm with gain", [[2, 3, 7], [7]], (x, g) => nn.rmsNorm(x, g));
add("layerNorm", [[3, 7], [7], [7]], (x, g, b) => nn.layerNorm(x, g, b));
add("softmax", [[3, 7]], (x) => nn.softmax(x));
add("softmax over another axis", [[3, 7, 2]], (x) => nn.softmax(x, 1));
add("rope", [[2, 5, 3, 6]], (x) => nn.rope(x));
add("rope then norm", [[2, 5, 3, 6]], (x) => nn.rmsNorm(nn.rope(x, { base: 500 })));
add("norm then rope", [[2, 5, 3, 6]], (x) => nn.rope(nn.rmsNorm(x)));
add(
  "attention",
  [
    [2, 5, 3, 4],
    [2, 5, 3, 4],
    [2, 5, 3, 4],
  ],
  (q, k, v) => nn.attention(q, k, v),
);
add(
  "grouped attention with a window",
  [
    [1, 7, 4, 2],
    [1, 7, 2, 2],
    [1, 7, 2, 2],
  ],
  (q, k, v) => nn.attention(q, k, v, { window: 3, scale: 0.9 }),
);
add("embedding", [[5, 3]], (table) =>
  nn.embedding(table, nn.tensor(Uint32Array.of(3, 1, 3, 0, 4, 3), [2, 3])).square(),
);
add("crossEntropy", [[3, 7]], (z) => nn.crossEntropy(z.mul(3), someTargets()));
add("crossEntropy scaled", [[3, 7]], (z) => nn.crossEntropy(z, someTargets()).mul(0.5));
add(
  "crossEntropy of a product",
  [
    [3, 5],
    [5, 7],
  ],
  (x, w) => nn.crossEntropy(x.matmul(w).softcap(2), someTargets()),
);
add("crossEntropy with softcap, each loss by itself", [[3, 7]], (z) =>
  nn.crossEntropy(z.mul(3), someTargets(), { softcap: 2, reduction: "none" }),
);
add("crossEntropy of capped logits", [[3, 7]], (z) => nn.crossEntropy(z.mul(3).softcap(2), someTargets()));

for (const [heads, groups] of [
  [4, 4],
  [4, 2],
  [3, 1],
] as const)
  for (const window of [1, 2, 5, 6, 100])
    add(
      `attention of ${heads} heads over ${groups}, window ${window}`,
      [
        [2, 6, heads, 3],
        [2, 6, groups, 3],
        [2, 6, groups, 3],
      ],
      (q, k, v) => nn.attention(q, k, v, { window }),
    );
add(
  "attention of one token",
  [
    [2, 1, 2, 3],
    [2, 1, 1, 3],
    [2, 1, 1, 3],
  ],
  (q, k, v) => nn.attention(q, k, v).mul(q),
);
add(
  "attention over heads that were transposed",
  [
    [2, 2, 5, 4],
    [2, 2, 5, 4],
    [2, 5, 2, 4],
  ],
  (q, k, v) => nn.attention(q.transpose(1, 2), k.transpose(1, 2), v),
);
add("embedding of one row again and again", [[3, 2]], (table) =>
  nn.embedding(table, nn.tensor(new Uint32Array(9).fill(1), [3, 3])).square(),
);
add("value embedding with a gate", [[5, 4], [2, 3, 4], [1]], (table, v, gate) =>
  v.add(nn.embedding(table, nn.tensor(Uint32Array.of(3, 1, 3, 0, 4, 3), [2, 3])).mul(gate.sigmoid())),
);
