// Operations by index, and operations along time.

import * as nn from "../../api.ts";
import { family, someTargets } from "./case.ts";

const add = family("indices and time");

const index = () => nn.tensor(Uint32Array.of(1, 0, 2, 2, 6, 1), [3, 2, 1]);
add("gather", [[3, 7, 1]], (x) => x.gather(1, index()).square());
add("gather on the first axis", [[3, 5]], (x) =>
  x.gather(0, nn.tensor(Uint32Array.of(2, 0, 1, 1, 2, 0, 0, 0, 0, 2), [2, 5])).square(),
);
add("scatterAdd", [[3, 2, 1]], (x) => nn.scatterAdd(x, 1, index(), 7).square());
add("gather of the largest", [[3, 7, 2]], (x) => x.gather(1, x.argmax(1).view(3, 1, 2)).square());
add("arg max of equals", [[3, 7]], (x) => x.gather(-1, x.mul(0).argmax().view(3, 1)).mul(x));
add("oneHot", [[2, 3, 5]], (x) =>
  x.mul(nn.oneHot(nn.tensor(Uint32Array.of(3, 1, 3, 0, 9, 4), [2, 3]), 5)).square(),
);
add("casts", [[3, 5]], (x) => x.mul(x.mul(3).add(2).uint().float()));
for (const [axis, by] of [
  [1, 1],
  [1, -2],
  [0, 1],
  [2, 9],
] as const)
  add(`shift ${axis} by ${by}`, [[2, 5, 3]], (x) => x.shift(axis, by).square());
add("token shift of tokens", [[5, 3]], (table) =>
  nn.embedding(table, nn.tensor(Uint32Array.of(3, 1, 3, 4, 4, 3), [2, 3]).shift(1, 1)).square(),
);
for (const by of [2, -1, 5]) add(`roll by ${by}`, [[2, 5, 3]], (x) => x.roll(1, by).square());
for (const [B, T, C, K] of [
  [2, 5, 3, 4],
  [1, 3, 8, 4],
  [3, 40, 4, 2],
  [2, 2, 5, 8],
] as const)
  add(
    `causalConv ${B}x${T}x${C} by ${K}`,
    [
      [B, T, C],
      [K, C],
    ],
    (x, w) => nn.causalConv(x, w).square(),
  );
for (const [I, D] of [
  [6, 4],
  [3, 4],
  [1, 6],
] as const)
  add(
    `causalConv of groups of ${I} to ${D}`,
    [
      [2, 5, 6],
      [3, I, D],
    ],
    (x, w) => nn.causalConv(x, w).square(),
  );
for (const axis of [-1, 0, 1]) {
  add(`logsumexp over ${axis}`, [[3, 7, 2]], (x) => x.mul(3).logsumexp(axis).square());
  add(`logsumexp over ${axis}, kept`, [[3, 8]], (x) => x.sub(x.logsumexp(axis % 2, true)).square());
  add(`logSoftmax over ${axis}`, [[3, 7, 2]], (x) => x.mul(3).logSoftmax(axis).square());
}
add("z-loss", [[3, 7]], (z) => nn.crossEntropy(z, someTargets()).add(z.logsumexp().square().mean().mul(0.1)));
add("tril", [[2, 3, 5]], (x) => nn.tril(x, 1).square());
add("triu", [[5, 3]], (x) => nn.triu(x).square());
add(
  "attention by a causal mask",
  [
    [5, 5],
    [5, 2],
  ],
  (s, v) => nn.softmax(nn.where(nn.causalMask(5, 3), s, -Infinity)).matmul(v),
);
add(
  "swiglu",
  [
    [3, 4],
    [4, 8],
    [4, 8],
    [8, 4],
  ],
  (x, gate, up, down) => nn.swiglu(x.matmul(gate), x.matmul(up)).matmul(down),
);
add(
  "scaled by sigmoid gates of a row",
  [
    [2, 3, 4],
    [4, 2],
  ],
  (x, w) => x.view(2, 3, 2, 2).mul(x.matmul(w).sigmoid().view(2, 3, 2, 1)),
);

add("gather of one element again and again", [[3, 5]], (x) =>
  x.gather(1, nn.tensor(new Uint32Array(12).fill(2), [3, 4])).square(),
);
add("scatterAdd all to one place", [[4, 3]], (x) =>
  nn.scatterAdd(x, 0, nn.tensor(new Uint32Array(12).fill(1), [4, 3]), 3).square(),
);
add("scatterAdd on the first axis, to more places than there are elements", [[2, 3]], (x) =>
  nn.scatterAdd(x, 0, nn.tensor(Uint32Array.of(8, 0, 3, 8, 1, 3), [2, 3]), 9).square(),
);
add("scatterAdd of many", [[300]], (x) =>
  nn.scatterAdd(x, 0, nn.tensor(Uint32Array.from({ length: 300 }, (_, i) => (i * i) % 7)), 11).square(),
);
for (const [B, T, C, K] of [
  [1, 1, 1, 1],
  [2, 1, 3, 4],
  [1, 7, 1, 3],
  [2, 3, 5, 3],
] as const)
  add(
    `causalConv at its edge, ${B}x${T}x${C} by ${K}`,
    [
      [B, T, C],
      [K, C],
    ],
    (x, w) => nn.causalConv(x, w).square(),
  );
