// Matrix products in every layout, alone, batched and broadcast.

import { family } from "./case.ts";

const add = family("products");

const options = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }];
for (const o of options) {
  const a = o.transposeA ? [5, 3] : [3, 5];
  const b = o.transposeB ? [7, 5] : [5, 7];
  add(`matmul ${JSON.stringify(o)}`, [a, b], (x, y) => x.matmul(y, o));
  add(
    `batched ${JSON.stringify(o)}`,
    [
      [2, ...a],
      [2, ...b],
    ],
    (x, y) => x.matmul(y, o),
  );
  add(`one matrix for a batch ${JSON.stringify(o)}`, [[2, 2, ...a], b], (x, y) => x.matmul(y, o));
  add(
    `broadcast batches ${JSON.stringify(o)}`,
    [
      [2, 1, ...a],
      [3, ...b],
    ],
    (x, y) => x.matmul(y, o),
  );
}
