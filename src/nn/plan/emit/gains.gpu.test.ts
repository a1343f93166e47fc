// Operations over all layers at the end of a step (sums of the gradients of gains, clipping inside the update) against
// the reference, with and without other readers of the gradients.

import { expect, it } from "vitest";
import * as nn from "../../api.ts";
import type { Tensor } from "../../api.ts";
import { ReferenceBackend } from "../../reference/index.ts";
import { Session } from "../../engine/session.ts";
import { testEngine } from "../../testing/engine.ts";

const engine = await testEngine();

const [B, T, C, LAYERS] = [3, 8, 16, 3];

interface Options {
  readonly optimizer: "adamW" | "adamW twice" | "lion" | "sgd" | "momentum" | "muon";
  readonly clip: boolean;
  /** The values that the script reads besides the loss. */
  readonly look: "nothing" | "gradient before" | "gradient after" | "norm" | "gradient between layers";
  /** Two backward passes before a step. */
  readonly twice: boolean;
  /** All layers share one gain. */
  readonly shared: boolean;
  /** Two more parameters share one gradient. */
  readonly alike: boolean;
}

const plain: Options = {
  optimizer: "adamW",
  clip: true,
  look: "nothing",
  twice: false,
  shared: false,
  alike: false,
};

function optimizersOf(kind: Options["optimizer"], gains: Tensor[], weights: Tensor[], rest: Tensor[]) {
  const all = [...new Set([...weights.flatMap((w, i) => [gains[i] ?? w, w]), ...rest])];
  const own = [...new Set(gains)];
  if (kind === "adamW") return [new nn.AdamW(all, { lr: 0.01 })];
  if (kind === "adamW twice") return [new nn.AdamW(own, { lr: 0.02 }), new nn.AdamW(weights, { lr: 0.01 })];
  if (kind === "lion") return [new nn.Lion(all, { lr: 0.003 })];
  if (kind === "sgd") return [new nn.SGD(all, { lr: 0.1 })];
  if (kind === "momentum") return [new nn.SGD(all, { lr: 0.05, momentum: 0.9, nesterov: true })];
  return [new nn.Muon(weights, { lr: 0.01 }), new nn.AdamW(own, { lr: 0.01 })];
}

/** Trains a few layers of a norm and a product for three steps; returns all values read, then the weights. */
async function train(session: Session, o: Options, after?: () => Promise<void>): Promise<number[][]> {
  session.activate();
  session.seed(3);
  const layers = Array.from({ length: LAYERS }, (_, i) => i);
  const gain = nn.parameter([C], nn.ones);
  const gains = layers.map((i) => (o.shared || i === 0 ? gain : nn.parameter([C], nn.ones)));
  const weights = layers.map(() => nn.parameter([C, C], nn.normal(0.3)));
  const rest = o.alike ? [0, 1].map(() => nn.parameter([B, T, C], nn.normal(0.1))) : [];
  const params = [...new Set(gains), ...weights, ...rest];
  const optimizers = optimizersOf(o.optimizer, gains, weights, rest);
  const x = session.input([B, T, C], "f32");
  const seen: Promise<ArrayLike<number>>[] = [];
  for (let step = 0; step < 3; step++) {
    x.set(Float32Array.from({ length: B * T * C }, (_, i) => Math.sin(i * 0.37 + step)));
    for (let pass = 0; pass < (o.twice ? 2 : 1); pass++) {
      let y: Tensor = x;
      layers.forEach((i) => {
        const [g, w] = [gains[i], weights[i]];
        if (g && w) y = y.add(nn.rmsNorm(y, g).matmul(w));
      });
      for (const p of rest) y = y.add(p);
      const loss = y.sub(pass).square().mean();
      loss.backward();
      seen.push(session.readLater(loss));
    }
    const look = (p: Tensor | undefined) => p?.grad && seen.push(session.readLater(p.grad.mul(2)));
    if (o.look === "gradient before") [gains[1], weights[0]].forEach(look);
    if (o.look === "gradient between layers") seen.push(session.readLater(gains[LAYERS - 1]?.grad ?? gain));
    if (o.clip) {
      const norm = nn.clipGradNorm(params, 0.5);
      if (o.look === "norm") seen.push(session.readLater(norm));
    }
    if (o.look === "gradient after") [gains[1], weights[0]].forEach(look);
    for (const optimizer of optimizers) optimizer.step();
    session.flush();
  }
  const all = await Promise.all(seen);
  await after?.();
  const stored = await Promise.all(params.map((p) => p.data()));
  return [...all, ...stored].map((values) => Array.from(values));
}

it.each<Partial<Options>>([
  {},
  { clip: false },
  { optimizer: "adamW twice" },
  { optimizer: "lion", clip: false },
  { optimizer: "lion" },
  { optimizer: "sgd" },
  { optimizer: "momentum" },
  { optimizer: "muon" },
  { look: "gradient before" },
  { look: "gradient after" },
  { look: "gradient between layers", clip: false },
  { look: "norm" },
  { look: "norm", optimizer: "muon" },
  { look: "norm", optimizer: "adamW twice", alike: true },
  { twice: true },
  { twice: true, look: "gradient before", optimizer: "sgd" },
  { shared: true },
  { alike: true },
  { alike: true, look: "gradient after", optimizer: "sgd" },
])("agrees with the reference: %o", async (some) => {
  const options = { ...plain, ...some };
  const expected = await train(new Session(new ReferenceBackend()), options);
  const got = await train(engine, options);
  expect(got).toHaveLength(expected.length);
  expected.forEach((values, i) => {
    values.forEach((value, j) => {
      const error = Math.abs((got[i]?.[j] ?? NaN) - value);
      expect(error, `result ${i}[${j}]`).toBeLessThan(1e-3 * (1 + Math.abs(value)));
    });
  });
});

it("sums the gradients of all gains at once, and repeats bit by bit", async () => {
  const first = await train(engine, plain);
  engine.reset();
  expect(await train(engine, plain)).toEqual(first);
  engine.reset();
  let labels: string[] = [];
  await train(engine, plain, async () => {
    labels = (await engine.profile()).map(({ label }) => label);
  });
  expect(labels.filter((label) => label === `reduce sum ${LAYERS}x12x${C}`)).toHaveLength(1);
});
