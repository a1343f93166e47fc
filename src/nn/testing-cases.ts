// The operations with shapes worth trying: odd sizes, broadcasting, edges. One list serves the finite differences on the
// reference and the comparison of the GPU with it.

import * as nn from "./api.ts";
import type { Tensor } from "./api.ts";

export interface OperationCase {
  readonly name: string;
  /** Shapes of the parameters. */
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...params: Tensor[]) => Tensor;
  readonly init: nn.Initial;
}

export const operationCases: OperationCase[] = [];

let group = "";
function describe(name: string, list: () => void): void {
  group = name;
  list();
}
function add(
  name: string,
  shapes: OperationCase["shapes"],
  f: OperationCase["f"],
  init = nn.uniform(1),
): void {
  operationCases.push({ name: `${group}: ${name}`, shapes, f, init });
}
const positive: nn.Initial = (shape, random) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 + random.uniform());

describe("elementwise", () => {
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
});

describe("shapes", () => {
  add("view", [[2, 3, 5]], (x) => x.view(6, -1).square());
  add("permute", [[2, 3, 5]], (x) => x.permute(2, 0, 1).square());
  add("transpose", [[2, 3, 5]], (x) => x.transpose(-1, 0).square());
  add("narrow", [[2, 7, 3]], (x) => x.narrow(1, 2, 4).square());
  add("narrows that tile", [[2, 7]], (x) =>
    x
      .narrow(1, 0, 3)
      .sum(1)
      .mul(x.narrow(1, 3, 4).square().sum(1)),
  );
  add("narrows that overlap", [[2, 7]], (x) => x.narrow(1, 0, 4).mul(x.narrow(1, 3, 4)));
  add("expand", [[3, 1]], (x) => x.expand(2, 3, 5).square());
  add("pad", [[3, 2]], (x) => x.pad(0, 1, 2).square());
  add(
    "cat",
    [
      [3, 2],
      [3, 4],
    ],
    (a, b) => nn.cat([a, b], 1).square(),
  );
  add(
    "stack",
    [
      [3, 2],
      [3, 2],
    ],
    (a, b) => nn.stack([a, b], 1).square(),
  );
});

describe("reductions", () => {
  for (const name of ["sum", "mean", "max", "min"] as const)
    for (const axis of [undefined, 0, 1, -1])
      add(`${name} over ${axis ?? "all"}`, [[3, 4, 5]], (x) => x[name](axis).square());
  add("sum keepdim", [[3, 4]], (x) => x.div(x.square().sum(1, true).sqrt()));
  add("cumsum", [[3, 4, 2]], (x) => x.cumsum(1).square());
});

describe("products", () => {
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
});

describe("operations of a model", () => {
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
  const targets = someTargets;
  add("crossEntropy", [[3, 7]], (z) => nn.crossEntropy(z.mul(3), targets()));
  add("crossEntropy scaled", [[3, 7]], (z) => nn.crossEntropy(z, targets()).mul(0.5));
  add(
    "crossEntropy of a product",
    [
      [3, 5],
      [5, 7],
    ],
    (x, w) => nn.crossEntropy(x.matmul(w).softcap(2), targets()),
  );
  add("crossEntropy with softcap, each loss by itself", [[3, 7]], (z) =>
    nn.crossEntropy(z.mul(3), targets(), { softcap: 2, reduction: "none" }),
  );
  add("crossEntropy of capped logits", [[3, 7]], (z) => nn.crossEntropy(z.mul(3).softcap(2), targets()));
});

describe("indices and time", () => {
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
  add("z-loss", [[3, 7]], (z) =>
    nn.crossEntropy(z, someTargets()).add(z.logsumexp().square().mean().mul(0.1)),
  );
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
});

describe("fused", () => {
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
  add("bias and scale", [[2, 3, 4], [4, 8], [8], [2, 3, 1]], (x, w, b, s) =>
    x.matmul(w).add(b).mul(s).tanh(),
  );
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
});

function someTargets(): Tensor {
  return nn.tensor(Uint32Array.of(3, 1, 6));
}

/** A scalar with different weights for all elements, so that no error can cancel. */
export function weightedSum(y: Tensor): Tensor {
  const count = y.shape.reduce((a, b) => a * b, 1);
  return y
    .mul(
      nn.tensor(
        Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1)),
        y.shape,
      ),
    )
    .sum();
}
