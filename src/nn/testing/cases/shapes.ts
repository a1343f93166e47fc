// Views, pieces and reductions along every axis.

import * as nn from "../../api.ts";
import { family } from "./case.ts";

const addShape = family("shapes");
const addReduction = family("reductions");

addShape("view", [[2, 3, 5]], (x) => x.view(6, -1).square());
addShape("permute", [[2, 3, 5]], (x) => x.permute(2, 0, 1).square());
addShape("transpose", [[2, 3, 5]], (x) => x.transpose(-1, 0).square());
addShape("narrow", [[2, 7, 3]], (x) => x.narrow(1, 2, 4).square());
addShape("narrows that tile", [[2, 7]], (x) =>
  x
    .narrow(1, 0, 3)
    .sum(1)
    .mul(x.narrow(1, 3, 4).square().sum(1)),
);
addShape("narrows that overlap", [[2, 7]], (x) => x.narrow(1, 0, 4).mul(x.narrow(1, 3, 4)));
addShape("expand", [[3, 1]], (x) => x.expand(2, 3, 5).square());
addShape("pad", [[3, 2]], (x) => x.pad(0, 1, 2).square());
addShape(
  "cat",
  [
    [3, 2],
    [3, 4],
  ],
  (a, b) => nn.cat([a, b], 1).square(),
);
addShape(
  "stack",
  [
    [3, 2],
    [3, 2],
  ],
  (a, b) => nn.stack([a, b], 1).square(),
);

for (const name of ["sum", "mean", "max", "min"] as const)
  for (const axis of [undefined, 0, 1, -1])
    addReduction(`${name} over ${axis ?? "all"}`, [[3, 4, 5]], (x) => x[name](axis).square());
addReduction("sum keepdim", [[3, 4]], (x) => x.div(x.square().sum(1, true).sqrt()));
addReduction("cumsum", [[3, 4, 2]], (x) => x.cumsum(1).square());

for (const axis of [0, 1, 2]) {
  addShape(
    `cat of three on axis ${axis}`,
    [1, 2, 3].map((size) => [3, 2, 5].map((other, i) => (i === axis ? size : other))),
    (a, b, c) => nn.cat([a, b, c], axis).square(),
  );
  addShape(`narrow on axis ${axis}, to the end and to one`, [[3, 4, 5]], (x) => {
    const size = x.shape[axis] ?? 1;
    return x
      .narrow(axis, 1, size - 1)
      .square()
      .sum()
      .add(
        x
          .narrow(axis, size - 1, 1)
          .exp()
          .sum(),
      );
  });
  addReduction(`cumsum on axis ${axis}`, [[3, 2, 5]], (x) => x.cumsum(axis).square());
}
addShape("cat of a tensor with itself", [[2, 3]], (x) => nn.cat([x, x.mul(2), x], 1).square());
addReduction("cumsum of one", [[3, 1, 2]], (x) => x.cumsum(1).square());
addReduction("cumsum from behind", [[130]], (x) => x.cumsum(-1).square());
addReduction("max of equals", [[3, 4]], (x) => x.mul(0).max(1).mul(x.sum(1)));
