// Products with adjacent operands as one batch: fewer dispatches and the same values, with any nodes around them.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as nn from "../../api.ts";
import type { Tensor } from "../../api.ts";
import { loadGraph } from "../../forward/import-forward.ts";
import { readParameters, recordForward } from "../../forward/export-forward.ts";
import { ReferenceBackend } from "../../reference/index.ts";
import { Session } from "../../engine/session.ts";
import { testEngine } from "../../testing/engine.ts";
import { TinyGpt } from "../../testing/model.ts";

const engine = await testEngine();

const [B, T, H, D] = [2, 8, 2, 8];
const C = H * D;

interface Options {
  readonly optimizer: "adamW" | "muon" | "sgd";
  /** Number of heads of keys and values. */
  readonly groups: number;
  readonly norm: boolean;
  readonly rope: boolean;
  /** An elementwise node also reads the product of the keys. */
  readonly gate: boolean;
  /** The weights of the values are used a second time, transposed. */
  readonly twice: boolean;
  /** The weights of the keys are replaced between forward and backward. */
  readonly assign: boolean;
  readonly clip: boolean;
  /** A frozen weight lies between two others. */
  readonly frozen: boolean;
}

/** Losses and weights after some steps of one attention block, from the same seed. */
async function train(session: Session, o: Options, look?: () => Promise<void>): Promise<number[][]> {
  session.activate();
  session.seed(3);
  const weight = (columns: number) => nn.parameter([C, columns], nn.normal(0.3));
  const [q, k, v, out] = [weight(C), weight(o.groups * D), weight(o.groups * D), weight(C)];
  const params = o.frozen ? [q, v, out] : [q, k, v, out];
  const optimizer =
    o.optimizer === "muon"
      ? new nn.Muon(params, { lr: 0.02 })
      : o.optimizer === "sgd"
        ? new nn.SGD(params, { lr: 0.05, momentum: 0.9 })
        : new nn.AdamW(params, { lr: 0.01 });
  const x = session.input([B, T, C], "f32");
  const results: Promise<ArrayLike<number>>[] = [];
  for (let step = 0; step < 3; step++) {
    x.set(Float32Array.from({ length: B * T * C }, (_, i) => Math.sin(i * 0.37 + step)));
    const heads = (y: Tensor, n: number) => {
      let z = y.view(B, T, n, D);
      if (o.rope) z = nn.rope(z);
      return o.norm ? nn.rmsNorm(z) : z;
    };
    const keys = x.matmul(k);
    const values = x.matmul(v).view(B, T, o.groups, D);
    const y = nn.attention(heads(x.matmul(q), H), heads(keys, o.groups), values).view(B, T, C);
    let z = y.matmul(out).sub(x);
    if (o.gate) z = z.mul(keys.mean(2, true).sigmoid());
    if (o.twice)
      z = z.add(
        values
          .view(B, T, o.groups * D)
          .matmul(v, { transposeB: true })
          .mul(0.1),
      );
    const loss = z.square().mean();
    if (o.assign) nn.assign(k, k.mul(0.99));
    loss.backward();
    if (o.clip) nn.clipGradNorm(params, 0.5);
    optimizer.step();
    results.push(session.readLater(loss));
    session.flush();
  }
  const all = await Promise.all(results);
  await look?.();
  const weights = await Promise.all([q, k, v, out].map((p) => p.data()));
  return [...all, ...weights].map((values) => Array.from(values));
}

const plain: Options = {
  optimizer: "adamW",
  groups: H,
  norm: true,
  rope: true,
  gate: false,
  twice: false,
  assign: false,
  clip: false,
  frozen: false,
};

async function compare(options: Options): Promise<void> {
  const expected = await train(new Session(new ReferenceBackend()), options);
  const got = await train(engine, options);
  engine.reset();
  expected.forEach((values, i) => {
    values.forEach((value, j) => {
      const error = Math.abs((got[i]?.[j] ?? NaN) - value);
      expect(error, `${JSON.stringify(options)} result ${i}[${j}]`).toBeLessThan(
        3e-3 * (1 + Math.abs(value)),
      );
    });
  });
}

describe("queries, keys and values", () => {
  it("are one product, turned at once, and their weights' gradients one product", async () => {
    let labels: string[] = [];
    await train(engine, plain, async () => {
      labels = (await engine.profile()).map(({ label }) => label);
    });
    const products = labels.filter((label) => /^matmul .. 3x/.test(label));
    expect(products).toEqual([`matmul nn 3x${B * T}x${C}x${C}`, `matmul tn 3x${C}x${C}x${B * T}`]);
    expect(labels.filter((label) => label.startsWith("rope"))).toEqual([
      `rope norm ${2 * B}x${T}x${H}x${D}`,
      `rope_grad norm ${2 * B}x${T}x${H}x${D}`,
    ]);
  });

  it("are one product in a loaded pass too", async () => {
    const recorded = recordForward(
      new TinyGpt({ vocab: 16, width: 16, layers: 2, heads: 2, gains: true }),
      [2, 8],
    );
    const weights = await readParameters(engine, recorded);
    const forward = loadGraph(JSON.stringify(recorded.graph)).instantiate(engine, weights);
    const tokens = engine.input([2, 8], "u32");
    await forward(tokens).data();
    const labels = (await engine.profile()).map(({ label }) => label);
    expect(labels.filter((label) => label.startsWith("matmul nn 3x"))).toHaveLength(2);
  });

  it.each<Partial<Options>>([
    {},
    { optimizer: "muon" },
    { optimizer: "sgd", clip: true },
    { groups: 1 },
    { rope: false },
    { assign: true },
    { frozen: true, clip: true },
    { twice: true, gate: true },
  ])("agree with the reference: %o", (options) => compare({ ...plain, ...options }));

  it("agree with the reference in any mixture", async () => {
    const flag = fc.boolean();
    const options = fc.record<Options>({
      optimizer: fc.constantFrom("adamW", "muon", "sgd"),
      groups: fc.constantFrom(1, 2),
      norm: flag,
      rope: flag,
      gate: flag,
      twice: flag,
      assign: flag,
      clip: flag,
      frozen: flag,
    });
    await fc.assert(fc.asyncProperty(options, compare), { numRuns: 12 });
  }, 120_000);
});
