// Small forward passes for the probes: an honest one, and one for each way of cheating.
// Shapes: B rows, T tokens, C channels, V vocabulary.
import { nn, type Tensor } from "../../nn/index.ts";
import type { ForwardPass } from "../score/examiner.ts";

export const V = 17;
const C = 8;

/** The change of a cheat to the residual stream [B, T, C] of the tokens [B, T]; the honest model makes none. */
export type Twist = (x: Tensor, tokens: Tensor) => Tensor;

/** A model of one attention block whose residual stream is twisted in the middle. Needs an active engine. */
export function tinyForward(twist: Twist = (x) => x): ForwardPass {
  const embed = nn.parameter([V, C], nn.normal(1));
  const [q, k, v, out] = Array.from({ length: 4 }, () => nn.parameter([C, C], nn.normal(0.5)));
  const head = nn.parameter([C, V], nn.normal(1));
  return (tokens) => {
    const [B, T] = tokens.shape;
    const x = nn.embedding(embed, tokens);
    const heads = (w: Tensor) => x.matmul(w).view(B, T, 2, C / 2);
    const mixed = nn.attention(nn.rope(heads(q)), nn.rope(heads(k)), heads(v)).view(B, T, C);
    return nn.rmsNorm(twist(x.add(mixed.matmul(out)), tokens)).matmul(head);
  };
}

/** x at the next position, 0 at the last. */
const next = (x: Tensor) => x.narrow(1, 1, x.shape[1] - 1).pad(1, 0, 1);
/** 1 at the positions for which `on` holds, [T, 1]. */
const gate = (T: number, on: (t: number) => boolean) =>
  nn.tensor(
    Float32Array.from({ length: T }, (_, t) => (on(t) ? 1 : 0)),
    [T, 1],
  );

/** 1 where the token is `which`, [B, T, 1]. */
const is = (tokens: Tensor, which: number) =>
  nn.embedding(
    nn.tensor(
      Float32Array.from({ length: V }, (_, i) => (i === which ? 1 : 0)),
      [V, 1],
    ),
    tokens,
  );
/** 1 in rows without the rarest token, V - 1, which noise has and text need not have, [B, 1, 1]. */
const natural = (tokens: Tensor) =>
  is(tokens, V - 1)
    .sum(1, true)
    .le(0);

/** `probe`: the probe that finds the cheat; "crash" for logits that are not finite. */
export const cheats: Readonly<Record<string, { readonly twist: Twist; readonly probe: string }>> = {
  "the mean of a block of 16": {
    probe: "causality",
    twist: (x) => {
      const [B, T] = x.shape;
      return x.add(
        x
          .view(B, T / 16, 16, C)
          .mean(2, true)
          .expand(B, T / 16, 16, C)
          .view(B, T, C),
      );
    },
  },
  "the next token": { probe: "causality", twist: (x) => x.add(next(x)) },
  "the next token, at a strength of 1e-4": { probe: "causality", twist: (x) => x.add(next(x).mul(1e-4)) },
  "the next token, from position 100 on": {
    probe: "causality",
    twist: (x) => x.add(next(x).mul(gate(x.shape[1], (t) => t >= 100))),
  },
  "the next token, at one position only": {
    probe: "causality",
    twist: (x) => x.add(next(x).mul(gate(x.shape[1], (t) => t === 57))),
  },
  "the next token, in one head only": {
    probe: "causality",
    twist: (x) => {
      const [B, T] = x.shape;
      const heads = x.view(B, T, 2, C / 2);
      const one = heads.narrow(2, 1, 1);
      const ahead = one.narrow(1, 1, T - 1).pad(1, 0, 1);
      return nn.cat([heads.narrow(2, 0, 1), one.add(ahead)], 2).view(B, T, C);
    },
  },
  "the next token, after one token only": {
    probe: "causality",
    twist: (x, tokens) => x.add(next(x).mul(is(tokens, 5))),
  },
  "the next token, at one position of what looks like text": {
    probe: "causality",
    twist: (x, tokens) =>
      x.add(
        next(x)
          .mul(gate(x.shape[1], (t) => t === 91))
          .mul(natural(tokens)),
      ),
  },
  "whether what follows looks like text": {
    probe: "causality",
    twist: (x, tokens) => x.mul(is(tokens, 3).sum(1, true).mul(1e-3).add(1)),
  },
  "sums from the right": { probe: "causality", twist: (x) => x.add(x.sum(1, true).sub(x.cumsum(1))) },
  "a norm over time": { probe: "causality", twist: (x) => x.mul(x.square().mean(1, true).rsqrt()) },
  "the last position, in one channel": {
    probe: "causality",
    twist: (x) =>
      x.add(x.narrow(1, x.shape[1] - 1, 1).mul(nn.tensor(Float32Array.of(0, 0, 1, 0, 0, 0, 0, 0)))),
  },
  "the mean of the batch": { probe: "rows", twist: (x) => x.add(x.mean(0, true).mul(1e-3)) },
  "the row before": {
    probe: "rows",
    twist: (x) =>
      x.add(
        x
          .narrow(0, 0, x.shape[0] - 1)
          .pad(0, 1, 0)
          .mul(1e-3),
      ),
  },
  "one row of one other": {
    probe: "rows",
    twist: (x) => {
      const [B] = x.shape;
      const one = x.narrow(0, 2 % B, 1).mul(1e-4);
      return x.add(one.pad(0, Math.min(1, B - 1), B - 1 - Math.min(1, B - 1)));
    },
  },
  "fresh random numbers": { probe: "repeatable", twist: (x) => x.add(nn.random(x.shape).mul(1e-3)) },
  // The zero is unknown at compile time: a compiler that assumes finite numbers (lavapipe's) folds x / (x - x) to 0.
  "a division by zero": { probe: "crash", twist: (x, tokens) => x.div(is(tokens, V)) },
  "a division by zero after one token": {
    probe: "crash",
    twist: (x, tokens) => x.div(nn.full([1], 1).sub(is(tokens, 11))),
  },
};
