// Steps in mixed precision against float64: gradients equal up to f16 rounding, the loss falls equally, and weights
// stay finite when gradients exceed f16. Skipped without f16; the fallback to f32 is tested on every adapter.
import { describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import { Engine } from "../engine/engine.ts";
import { openTestDevice, testGpu } from "../kernels/testing/dispatch.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "../engine/session.ts";
import { testEngine } from "../testing/engine.ts";
import { TinyGpt } from "../testing/model.ts";

const { f16 } = (await openTestDevice()).capabilities;
const why = f16 ? "" : " (skipped: this adapter has no shader-f16)";
const [B, T, VOCAB] = [2, 16, 64];

const engine = await testEngine();

interface Run {
  readonly losses: number[];
  readonly gradients: ArrayLike<number>[];
  readonly weights: ArrayLike<number>[];
}

/** Some steps of a small GPT; `scale` multiplies the loss. Gradients are those of the first step. */
async function train(session: Session, mode: nn.Precision, steps: number, scale = 1): Promise<Run> {
  session.reset();
  session.activate();
  session.seed(5);
  nn.precision(mode);
  const model = new TinyGpt({ vocab: VOCAB, width: 32, layers: 1, heads: 4, gains: true });
  const params = nn.parameters(model);
  const optimizer = new nn.AdamW(params, { lr: 1e-2 });
  const [x, y] = [session.input([B, T], "u32"), session.input([B, T], "u32")];
  const losses: Promise<ArrayLike<number>>[] = [];
  const gradients: Promise<ArrayLike<number>>[] = [];
  for (let step = 0; step < steps; step++) {
    const token = (i: number) => ((i * i + (step % 3)) * 7) % VOCAB;
    x.set(Uint32Array.from({ length: B * T }, (_, i) => token(i)));
    y.set(Uint32Array.from({ length: B * T }, (_, i) => token(i + 1)));
    const loss = nn.crossEntropy(model.forward(x), y);
    loss.mul(scale).backward();
    if (step === 0) for (const { grad } of params) if (grad) gradients.push(session.readLater(grad));
    optimizer.step();
    losses.push(session.readLater(loss));
    await session.prepare();
  }
  const read = await Promise.all(losses);
  return {
    losses: read.map((loss) => loss[0] ?? NaN),
    gradients: await Promise.all(gradients),
    weights: await Promise.all(params.map((p) => p.data())),
  };
}

const length = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
/** |a - b| / |b| of two vectors. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  length(Array.from(b, (value, i) => (a[i] ?? NaN) - value)) / length(b);

describe.skipIf(!f16)(`mixed precision${why}`, () => {
  it("gives gradients to f16 rounding, and the loss of f32", async () => {
    const exact = await train(new Session(new ReferenceBackend()), "f32", 8);
    const f32 = await train(engine, "f32", 8);
    const mixed = await train(engine, "mixed", 8);
    expect(mixed.gradients).toHaveLength(exact.gradients.length);
    exact.gradients.forEach((gradient, i) => {
      const d = distance(mixed.gradients[i] ?? [], gradient);
      // A few roundings of 2^-11. Without any rounding nothing would be stored in f16.
      expect(d, `gradient ${i}`).toBeLessThan(5e-3);
      expect(d, `gradient ${i}`).toBeGreaterThan(1e-5);
      expect(distance(f32.gradients[i] ?? [], gradient), `gradient ${i} in f32`).toBeLessThan(1e-4);
    });
    mixed.losses.forEach((loss, i) => {
      expect(Math.abs(loss - (exact.losses[i] ?? NaN)), `loss ${i}`).toBeLessThan(0.01);
    });
    expect(mixed.losses[7]).toBeLessThan((mixed.losses[0] ?? NaN) - 0.5);
  }, 240_000);

  it("loses neither small gradients nor weights to large ones", async () => {
    const exact = await train(new Session(new ReferenceBackend()), "f32", 1);
    // First a loss as over a thousand times as many tokens, then one too large for f16.
    const small = await train(engine, "mixed", 1, 1e-3);
    exact.gradients.forEach((gradient, i) => {
      const scaled = Array.from(gradient, (value) => value * 1e-3);
      expect(distance(small.gradients[i] ?? [], scaled), `gradient ${i}`).toBeLessThan(5e-3);
    });
    const large = await train(engine, "mixed", 3, 1e6);
    for (const weights of large.weights) expect(Array.from(weights).every(Number.isFinite)).toBe(true);
  }, 240_000);
});

describe("mixed precision without f16", () => {
  it("is f32, bit for bit", async () => {
    const without = await Engine.create({ gpu: await testGpu(), features: ["subgroups"] });
    const f32 = await train(without, "f32", 2);
    const mixed = await train(without, "mixed", 2);
    expect(mixed).toEqual(f32);
    without.close();
  }, 240_000);
});
