// Every gradient against central finite differences, in float64 on the reference, with odd sizes and broadcasting.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as nn from "./api.ts";
import type { Persistent } from "./leaf.ts";
import { ReferenceBackend } from "./reference/index.ts";
import { Session } from "./session.ts";
import type { Tensor } from "./tensor.ts";

let lab: Session<ReferenceBackend>;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 3);
  lab.activate();
});
afterEach(() => {
  lab.reset();
});

/** Compares the gradients of Σ f(params) × fixed weights with finite differences for every element. */
function check(
  shapes: readonly (readonly number[])[],
  f: (...params: Tensor[]) => Tensor,
  init = nn.uniform(1),
): void {
  const params = shapes.map((shape) => nn.parameter(shape, init));
  const weights: { tensor?: Tensor } = {};
  const loss = () => {
    const y = f(...params);
    weights.tensor ??= nn.tensor(
      Float32Array.from({ length: y.shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
      y.shape,
    );
    return y.mul(weights.tensor).sum();
  };
  const l = loss();
  l.backward();
  const grads = lab.backend.compute(params.flatMap((p) => p.grad?.value ?? []));
  expect(grads.length).toBe(params.length);
  const value = () => lab.backend.compute([loss().value])[0]?.[0] ?? NaN;
  params.forEach((p, k) => {
    const stored = lab.backend.stored(p.leaf as Persistent);
    for (let i = 0; i < stored.length; i++) {
      const h = 1e-5;
      const x = stored[i]!;
      stored[i] = x + h;
      const up = value();
      stored[i] = x - h;
      const down = value();
      stored[i] = x;
      const numeric = (up - down) / (2 * h);
      expect(
        Math.abs(grads[k]![i]! - numeric),
        `parameter ${k}, element ${i}: ${grads[k]![i]!} against ${numeric}`,
      ).toBeLessThan(1e-6 * Math.max(1, Math.abs(numeric)));
    }
  });
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
  for (const name of unary)
    it(name, () => {
      check([[3, 5]], (x) => x.mul(3)[name]());
    });
  for (const name of ["log", "sqrt", "rsqrt", "reciprocal"] as const)
    it(name, () => {
      check([[3, 5]], (x) => x[name](), positive);
    });
  it("softcap", () => {
    check([[7]], (x) => x.mul(4).softcap(2.5));
  });
  const binary = ["add", "sub", "mul", "div", "maximum", "minimum"] as const;
  for (const name of binary) {
    it(`${name} broadcasts`, () => {
      check(
        [
          [2, 3, 5],
          [3, 1],
        ],
        (a, b) => a[name](b),
        positive,
      );
    });
    it(`${name} broadcasts to the left`, () => {
      check([[5], [2, 1, 5]], (a, b) => a[name](b), positive);
    });
    it(`${name} of a number`, () => {
      check([[5]], (a) => a[name](0.7), positive);
    });
  }
  it("pow", () => {
    check([[3, 5], [5]], (a, b) => a.pow(b), positive);
  });
  it("pow of a number", () => {
    check([[3, 5]], (a) => a.pow(2.5), positive);
  });
  it("clamp", () => {
    check([[11]], (x) => x.clamp(-0.3, 0.5));
  });
  it("where", () => {
    const condition = nn.tensor(
      Float32Array.from({ length: 15 }, (_, k) => k % 2),
      [3, 5],
    );
    check([[5], [3, 1]], (a, b) => nn.where(condition, a, b));
  });
  it("where with numbers", () => {
    check([[3, 5]], (a) => nn.where(a.gt(0), a, 3));
  });
  it("a value used twice", () => {
    check([[3]], (x) => x.mul(x).add(x.exp().mul(x)));
  });
});

describe("shapes", () => {
  it("view", () => {
    check([[2, 3, 5]], (x) => x.view(6, -1).square());
  });
  it("permute", () => {
    check([[2, 3, 5]], (x) => x.permute(2, 0, 1).square());
  });
  it("transpose", () => {
    check([[2, 3, 5]], (x) => x.transpose(-1, 0).square());
  });
  it("narrow", () => {
    check([[2, 7, 3]], (x) => x.narrow(1, 2, 4).square());
  });
  it("narrows that tile", () => {
    check([[2, 7]], (x) =>
      x
        .narrow(1, 0, 3)
        .sum(1)
        .mul(x.narrow(1, 3, 4).square().sum(1)),
    );
  });
  it("narrows that overlap", () => {
    check([[2, 7]], (x) => x.narrow(1, 0, 4).mul(x.narrow(1, 3, 4)));
  });
  it("expand", () => {
    check([[3, 1]], (x) => x.expand(2, 3, 5).square());
  });
  it("pad", () => {
    check([[3, 2]], (x) => x.pad(0, 1, 2).square());
  });
  it("cat", () => {
    check(
      [
        [3, 2],
        [3, 4],
      ],
      (a, b) => nn.cat([a, b], 1).square(),
    );
  });
  it("stack", () => {
    check(
      [
        [3, 2],
        [3, 2],
      ],
      (a, b) => nn.stack([a, b], 1).square(),
    );
  });
});

describe("reductions", () => {
  for (const name of ["sum", "mean", "max", "min"] as const)
    for (const axis of [undefined, 0, 1, -1])
      it(`${name} over ${axis ?? "all"}`, () => {
        check([[3, 4, 5]], (x) => x[name](axis).square());
      });
  it("sum keepdim", () => {
    check([[3, 4]], (x) => x.div(x.square().sum(1, true).sqrt()));
  });
  it("cumsum", () => {
    check([[3, 4, 2]], (x) => x.cumsum(1).square());
  });
});

describe("products", () => {
  const options = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }];
  for (const o of options) {
    const a = o.transposeA ? [5, 3] : [3, 5];
    const b = o.transposeB ? [7, 5] : [5, 7];
    it(`matmul ${JSON.stringify(o)}`, () => {
      check([a, b], (x, y) => x.matmul(y, o));
    });
    it(`batched ${JSON.stringify(o)}`, () => {
      check(
        [
          [2, ...a],
          [2, ...b],
        ],
        (x, y) => x.matmul(y, o),
      );
    });
    it(`one matrix for a batch ${JSON.stringify(o)}`, () => {
      check([[2, 2, ...a], b], (x, y) => x.matmul(y, o));
    });
    it(`broadcast batches ${JSON.stringify(o)}`, () => {
      check(
        [
          [2, 1, ...a],
          [3, ...b],
        ],
        (x, y) => x.matmul(y, o),
      );
    });
  }
});

describe("operations of a model", () => {
  it("rmsNorm", () => {
    check([[3, 7]], (x) => nn.rmsNorm(x));
  });
  it("rmsNorm with gain", () => {
    check([[2, 3, 7], [7]], (x, g) => nn.rmsNorm(x, g));
  });
  it("layerNorm", () => {
    check([[3, 7], [7], [7]], (x, g, b) => nn.layerNorm(x, g, b));
  });
  it("softmax", () => {
    check([[3, 7]], (x) => nn.softmax(x));
  });
  it("softmax over another axis", () => {
    check([[3, 7, 2]], (x) => nn.softmax(x, 1));
  });
  it("rope", () => {
    check([[2, 5, 3, 6]], (x) => nn.rope(x));
  });
  it("rope then norm", () => {
    check([[2, 5, 3, 6]], (x) => nn.rmsNorm(nn.rope(x, { base: 500 })));
  });
  it("norm then rope", () => {
    check([[2, 5, 3, 6]], (x) => nn.rope(nn.rmsNorm(x)));
  });
  it("attention", () => {
    check(
      [
        [2, 5, 3, 4],
        [2, 5, 3, 4],
        [2, 5, 3, 4],
      ],
      (q, k, v) => nn.attention(q, k, v),
    );
  });
  it("grouped attention with a window", () => {
    check(
      [
        [1, 7, 4, 2],
        [1, 7, 2, 2],
        [1, 7, 2, 2],
      ],
      (q, k, v) => nn.attention(q, k, v, { window: 3, scale: 0.9 }),
    );
  });
  it("embedding", () => {
    const tokens = nn.tensor(Uint32Array.of(3, 1, 3, 0, 4, 3), [2, 3]);
    check([[5, 3]], (table) => nn.embedding(table, tokens).square());
  });
  it("crossEntropy", () => {
    const targets = nn.tensor(Uint32Array.of(3, 1, 6));
    check([[3, 7]], (z) => nn.crossEntropy(z.mul(3), targets));
  });
  it("crossEntropy with softcap, each loss by itself", () => {
    const targets = nn.tensor(Uint32Array.of(3, 1, 6));
    check([[3, 7]], (z) => nn.crossEntropy(z.mul(3), targets, { softcap: 2, reduction: "none" }));
  });
  it("crossEntropy of capped logits", () => {
    const targets = nn.tensor(Uint32Array.of(3, 1, 6));
    check([[3, 7]], (z) => nn.crossEntropy(z.mul(3).softcap(2), targets));
  });
});
