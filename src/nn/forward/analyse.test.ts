// The analysis of a recorded forward pass: passes that it proves, passes that it refuses, and the operations it names.
import { beforeEach, describe, expect, it } from "vitest";
import { nn, loadGraph, recordForward, Session, type Tensor } from "../index.ts";
import { ReferenceBackend } from "../reference/index.ts";
import type { Dependence } from "../dependence/dependence.ts";

const [B, T, V, C] = [4, 16, 11, 8];
let lab: Session;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
});

/** The result of the analysis of a forward pass, with its current weights. */
function proof(forward: (tokens: Tensor) => Tensor): Dependence {
  const { graph, parameters } = recordForward({ forward }, [B, T]);
  const backend = lab.backend as ReferenceBackend;
  const weights = parameters.map(({ tensor }) => Float32Array.from(backend.stored(tensor.leaf as never)));
  return loadGraph(JSON.stringify(graph)).dependence(weights);
}

const embed = () => nn.parameter([V, C], nn.normal(1));
const square = (n = C) => nn.parameter([n, n], nn.normal(0.5));
/** A forward pass of an embedding, `body`, and a head. */
function around(body: (x: Tensor, tokens: Tensor) => Tensor): (tokens: Tensor) => Tensor {
  const [table, head] = [embed(), nn.parameter([C, V], nn.normal(1))];
  return (tokens) => body(nn.embedding(table, tokens), tokens).matmul(head);
}

const heads = (x: Tensor, n = 2) => x.view(B, T, n, C / n);
const flat = (x: Tensor) => x.view(B, T, C);
/** Attention from single operations; `masked` maps the scores [B, H, T, T] to the input of softmax. */
function byHand(x: Tensor, masked: (scores: Tensor) => Tensor): Tensor {
  const [q, k, v] = [square(), square(), square()].map((w) => heads(nn.rmsNorm(x).matmul(w)).transpose(1, 2));
  const scores = nn.rmsNorm(q).matmul(nn.rmsNorm(k), { transposeB: true });
  return flat(nn.softmax(masked(scores)).matmul(v).transpose(1, 2));
}

const honest: Readonly<Record<string, (x: Tensor, tokens: Tensor) => Tensor>> = {
  "a bigram": (x) => x,
  "attention with rope and norms": (x) => {
    const q = heads(x.matmul(square()));
    return x.add(flat(nn.attention(nn.rope(nn.rmsNorm(q)), nn.rmsNorm(nn.rope(q)), q)));
  },
  "a window, and grouped keys": (x) => {
    const one = x.matmul(nn.parameter([C, C / 2], nn.normal(1))).view(B, T, 1, C / 2);
    return flat(nn.attention(heads(x), one, one, { window: 3 }));
  },
  "all rows as one axis": (x) =>
    nn
      .rmsNorm(
        x
          .view(B * T, C)
          .matmul(square())
          .gelu(),
      )
      .view(B, T, C),
  "heads before positions": (x) => flat(heads(x).permute(0, 2, 1, 3).silu().permute(0, 2, 1, 3)),
  "the token before": (x) => x.add(x.shift(1, 1)).add(x.narrow(1, 0, T - 2).pad(1, 2, 0)),
  "the token before, by pieces": (x) => nn.cat([x.narrow(1, 0, 1), x.narrow(1, 0, T - 1)], 1),
  "a causal convolution": (x) =>
    nn
      .causalConv(x, nn.parameter([3, C], nn.normal(1)))
      .add(nn.causalConv(x, nn.parameter([2, C, C], nn.normal(1)))),
  "running sums and means": (x) =>
    x
      .cumsum(1)
      .div(nn.arange(T).add(1).view(T, 1))
      .add(x.mul(x.cumsum(1).sigmoid())),
  "a product with a triangle over positions": (x) =>
    nn.tril(nn.parameter([T, T], nn.normal(1))).matmul(nn.rmsNorm(x)),
  "scores masked by -1e9": (x) => byHand(x, (s) => nn.where(nn.causalMask(T), s, -1e9)),
  "scores masked by -infinity": (x) => byHand(x, (s) => nn.where(nn.causalMask(T), s, -Infinity)),
  "an added mask": (x) => byHand(x, (s) => s.add(nn.causalMask(T).sub(1).mul(1e9))),
  "a captured mask": (x) => {
    const mask = Float32Array.from({ length: T * T }, (_, i) => (i % T <= Math.floor(i / T) ? 0 : -1e9));
    return byHand(x, (s) => s.add(nn.tensor(mask, [T, T])));
  },
  "linear attention without a softmax": (x) => {
    const n = nn.rmsNorm(x);
    return nn.tril(n.matmul(n, { transposeB: true })).matmul(n);
  },
  "chunks with a state that is carried on": (x) => {
    const chunks = nn.rmsNorm(x).view(B, T / 4, 4, C);
    const inner = nn.tril(chunks.matmul(chunks, { transposeB: true })).matmul(chunks);
    const before = chunks
      .sum(2)
      .cumsum(1)
      .shift(1, 1)
      .view(B, T / 4, 1, C);
    return inner.add(before).view(B, T, C);
  },
  "a recurrence written out": (x) => {
    let state = x.narrow(1, 0, 1).mul(0);
    const out: Tensor[] = [];
    for (let t = 0; t < T; t++)
      out.push(
        (state = state
          .mul(0.5)
          .add(x.narrow(1, t, 1))
          .tanh()),
      );
    return nn.cat(out, 1);
  },
  "experts chosen by token": (x) => {
    const weight = nn.softmax(x.matmul(nn.parameter([C, 3], nn.normal(1))));
    const gate = nn.oneHot(weight.argmax(), 3).mul(weight);
    return [0, 1, 2].map((e) => x.matmul(square()).mul(gate.narrow(2, e, 1))).reduce((a, b) => a.add(b));
  },
  "a gather with constant indices": (x) => {
    const before = Uint32Array.from({ length: B * T * C }, (_, i) =>
      Math.max(0, (Math.floor(i / C) % T) - 1),
    );
    return x.gather(1, nn.tensor(before, [B, T, C]));
  },
  "hashes of two tokens": (x, tokens) => {
    const two = tokens.float().mul(3).add(tokens.shift(1, 1).float());
    const place = two.sub(two.div(V).floor().mul(V)).uint();
    return x.add(nn.embedding(embed(), place));
  },
  "an elementwise kernel": (x) =>
    nn.kernel({
      name: "cube",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { let a = x[i]; return a * a * a; }",
    })(x),
  "softcaps, gains, layer norms and dropout at rate 0": (x) =>
    nn.dropout(nn.layerNorm(x, nn.parameter([C], nn.ones), nn.parameter([C], nn.zeros)).softcap(5), 0),
  "the first token of each row": (x) => x.add(x.narrow(1, 0, 1)),
  "a look ahead that weighs nothing": (x) => x.add(x.shift(1, -1).mul(nn.parameter([C], nn.zeros))),
};

describe("an honest forward pass", () => {
  it.each(Object.entries(honest))("is proved: %s", (_, body) => {
    const { rows, time } = proof(around(body));
    expect({ rows, time }).toEqual({ rows: { status: "proved" }, time: { status: "proved" } });
  });
});

/** For each cheat the question that is not proved, the message with the operation at fault, and the body. */
const cheats: Readonly<
  Record<string, readonly [ask: "rows" | "time", named: RegExp, (x: Tensor, tokens: Tensor) => Tensor]>
> = {
  "the next token": ["time", /^shift looks ahead$/, (x) => x.add(x.shift(1, -1))],
  "the next token, by pieces": ["time", /^narrow looks ahead$/, (x) => x.narrow(1, 1, T - 1).pad(1, 0, 1)],
  "a roll": ["time", /^narrow looks ahead$/, (x) => x.roll(1, 1)],
  "means of blocks": [
    "time",
    /^reduce looks ahead$/,
    (x) =>
      x
        .view(B, T / 4, 4, C)
        .mean(2, true)
        .expand(B, T / 4, 4, C)
        .view(B, T, C),
  ],
  "a norm over positions": [
    "time",
    /^rmsNorm looks ahead$/,
    (x) => nn.rmsNorm(x.transpose(1, 2)).transpose(1, 2),
  ],
  "sums from the right": ["time", /^reduce looks ahead$/, (x) => x.sum(1, true).sub(x.cumsum(1))],
  "a softmax over positions": ["time", /^softmax looks ahead$/, (x) => nn.softmax(x, 1)],
  "scores without a mask": ["time", /^(softmax|matmul) looks ahead$/, (x) => byHand(x, (s) => s)],
  "a mask that scores can outweigh": [
    "time",
    /looks ahead$/,
    (x) => byHand(x, (s) => nn.where(nn.causalMask(T), s, -2)),
  ],
  "a mask off by one": [
    "time",
    /looks ahead$/,
    (x) => byHand(x, (s) => nn.where(nn.causalMask(T).shift(1, -1), s, -1e9)),
  ],
  "a factor of 0 on what may be infinite": [
    "time",
    /looks ahead$/,
    (x) => x.add(x.mul(1e30).square().shift(1, -1).mul(0)),
  ],
  "a triangle of what may be infinite": [
    "time",
    /^matmul looks ahead$/,
    (x) => nn.tril(nn.parameter([T, T], nn.ones)).matmul(x.mul(1e30).square()),
  ],
  "a triangle of a norm that divides by 0": [
    "time",
    /^matmul looks ahead$/,
    (x) => nn.tril(nn.parameter([T, T], nn.ones)).matmul(nn.rmsNorm(x.relu(), null, 0)),
  ],
  "a triangle of attention that may overflow": [
    "time",
    /looks ahead$/,
    (x) => {
      const q = heads(x.mul(1e20));
      return nn.tril(nn.parameter([T, T], nn.ones)).matmul(flat(nn.attention(q, q, heads(x))));
    },
  ],
  "a triangle of the sine of huge values": [
    "time",
    /^matmul looks ahead$/,
    (x) => nn.tril(nn.parameter([T, T], nn.ones)).matmul(x.mul(1e30).sin()),
  ],
  "a sum by indices past the end": [
    "time",
    /^narrow looks ahead$/,
    (x) => {
      const to = Uint32Array.from({ length: B * T * C }, (_, i) => (Math.floor(i / C) % T) + 1e6);
      return nn.scatterAdd(x, 1, nn.tensor(to, [B, T, C]), T).roll(1, 1);
    },
  ],
  "a condition that opens a gate": [
    "time",
    /looks ahead$/,
    (x, tokens) => x.add(x.shift(1, -1).mul(tokens.float().sum(1, true).gt(90).view(B, 1, 1))),
  ],
  "the mean of the batch": ["rows", /^reduce mixes rows$/, (x) => x.sub(x.mean(0, true))],
  "the row before": ["rows", /^shift mixes rows$/, (x) => x.shift(0, 1)],
  "rows as positions": [
    "rows",
    /mixes rows$/,
    (x) =>
      x
        .view(1, B * T, C)
        .cumsum(1)
        .view(B, T, C),
  ],
  "a norm over rows": [
    "rows",
    /^rmsNorm mixes rows$/,
    (x) => nn.rmsNorm(x.permute(1, 2, 0)).permute(2, 0, 1),
  ],
};

describe("a forward pass that looks where it must not", () => {
  it.each(Object.entries(cheats))("is not proved: %s", (_, [ask, named, body]) => {
    const { [ask]: finding } = proof(around(body));
    expect(finding).toMatchObject({ status: "violated", detail: expect.stringMatching(named) as string });
  });
});

describe("an op that the analysis cannot follow", () => {
  it("is unknown: a kernel that reads other elements", () => {
    const next = nn.kernel({
      name: "next",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { let j = min(i + 1u, arrayLength(&x) - 1u); return x[j]; }",
    });
    const { rows, time } = proof(around((x) => next(x)));
    expect(time).toMatchObject({ status: "unknown", detail: "kernel cannot be followed" });
    expect(rows).toMatchObject({ status: "unknown", detail: "kernel cannot be followed" });
  });

  it("is unknown: an index computed from tokens", () => {
    const { time } = proof(around((x, tokens) => x.gather(1, tokens.view(B, T, 1).expand(B, T, C))));
    expect(time).toMatchObject({ status: "unknown", detail: "gather cannot be followed" });
  });

  it("does not hide an op that looks ahead elsewhere", () => {
    const { time } = proof(
      around((x, tokens) => x.gather(1, tokens.view(B, T, 1).expand(B, T, C)).shift(1, -1)),
    );
    expect(time).toMatchObject({ status: "violated", detail: "shift looks ahead" });
  });
});
