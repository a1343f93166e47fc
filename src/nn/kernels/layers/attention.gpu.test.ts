// Attention and its gradients against float64, and two guarantees that the score relies on: the future changes no bit
// of the past, and a row of a batch changes no bit of another row.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attention, attentionGrad, type AttentionShape } from "./attention.ts";
import type { Capabilities } from "../kernel.ts";
import { expectClose, openTestDevice, runKernel, runKernels, testValues } from "../testing/dispatch.ts";

/** Attention and gradients in float64; dK and dV by the softmax formulas, not by the recomputation of the kernels. */
function reference(s: AttentionShape, q: Float32Array, k: Float32Array, v: Float32Array, dout: Float32Array) {
  const { B, T, heads, kvHeads, dim: D, window = T, scale } = s;
  const out = new Float64Array(q.length);
  const lse = new Float64Array(B * heads * T);
  const [dq, dk, dv] = [new Float64Array(q.length), new Float64Array(k.length), new Float64Array(k.length)];
  for (let b = 0; b < B; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < T; t++) {
        const row = ((b * T + t) * heads + h) * D;
        const key = (j: number) => ((b * T + j) * kvHeads + Math.floor((h * kvHeads) / heads)) * D;
        const from = Math.max(0, t - window + 1);
        const keys = Array.from({ length: t - from + 1 }, (_, i) => from + i);
        const dots = (x: Float32Array, y: Float32Array, at: number) => {
          let sum = 0;
          for (let i = 0; i < D; i++) sum += x[row + i]! * y[at + i]!;
          return sum;
        };
        const scores = keys.map((j) => scale * dots(q, k, key(j)));
        const most = Math.max(...scores);
        const total = scores.reduce((sum, x) => sum + Math.exp(x - most), 0);
        lse[(b * heads + h) * T + t] = most + Math.log(total);
        const p = scores.map((x) => Math.exp(x - most) / total);
        const dp = keys.map((j) => dots(dout, v, key(j)));
        const mean = p.reduce((sum, x, i) => sum + x * dp[i]!, 0);
        keys.forEach((j, n) => {
          const ds = p[n]! * (dp[n]! - mean) * scale;
          for (let i = 0; i < D; i++) {
            out[row + i]! += p[n]! * v[key(j) + i]!;
            dq[row + i]! += ds * k[key(j) + i]!;
            dk[key(j) + i]! += ds * q[row + i]!;
            dv[key(j) + i]! += p[n]! * dout[row + i]!;
          }
        });
      }
  return { out, lse, dq, dk, dv };
}

function values({ B, T, heads, kvHeads, dim }: AttentionShape, scale = 1) {
  const [n, m] = [B * T * heads * dim, B * T * kvHeads * dim];
  const q = testValues(n, 1, scale);
  return { q, k: testValues(m, 2, scale), v: testValues(m, 3), dout: testValues(n, 4) };
}

async function check(shape: AttentionShape, given: Partial<Capabilities>, scale = 1): Promise<void> {
  const open = await openTestDevice(given.subgroup === 0 ? [] : ["subgroups"]);
  const caps = { ...open.capabilities, ...given };
  const { q, k, v, dout } = values(shape, scale);
  const expected = reference(shape, q, k, v, dout);
  const stats = shape.B * shape.heads * shape.T;
  const [gradQueries, gradKeys] = attentionGrad(caps, shape);
  const results = await runKernels(
    [
      { kernel: attention(caps, shape), slots: [0, 1, 2, 4, 5] },
      { kernel: gradQueries, slots: [0, 1, 2, 4, 3, 5, 6, 7] },
      { kernel: gradKeys, slots: [0, 1, 2, 3, 5, 7, 8, 9] },
    ],
    [q, k, v, dout, q.length, stats, q.length, stats, k.length, k.length],
    open,
  );
  const what = JSON.stringify({ ...shape, ...given });
  const close = { rtol: 2e-5 * scale * scale, atol: 1e-5 * scale };
  expectClose(results[4]!, expected.out, { ...close, what: `out ${what}` });
  expectClose(results[5]!, expected.lse, { ...close, what: `lse ${what}` });
  expectClose(results[6]!, expected.dq, { ...close, what: `dq ${what}` });
  expectClose(results[8]!, expected.dk, { ...close, atol: 1e-5 * scale * shape.heads, what: `dk ${what}` });
  expectClose(results[9]!, expected.dv, { ...close, atol: 1e-5 * scale * shape.heads, what: `dv ${what}` });
}

const adapters: [string, Partial<Capabilities>][] = [
  ["with subgroups", {}],
  ["without subgroups", { subgroup: 0 }],
  ["as on a real GPU", { software: false }],
];

describe.each(adapters)("attention %s", (_name, caps) => {
  it("agrees with float64 forward and backward", async () => {
    await check({ B: 2, T: 17, heads: 2, kvHeads: 2, dim: 8, scale: 0.3 }, caps);
    await check({ B: 1, T: 37, heads: 2, kvHeads: 2, dim: 32, scale: 0.2 }, caps);
  });

  it("takes one token and odd head sizes", async () => {
    await check({ B: 1, T: 1, heads: 1, kvHeads: 1, dim: 1, scale: 1 }, caps);
    await check({ B: 2, T: 9, heads: 2, kvHeads: 2, dim: 7, scale: 0.4 }, caps);
  });

  it("shares keys between heads and slides its window", async () => {
    await check({ B: 2, T: 19, heads: 6, kvHeads: 2, dim: 12, scale: 0.3 }, caps);
    await check({ B: 1, T: 41, heads: 2, kvHeads: 1, dim: 4, window: 7, scale: 0.5 }, caps);
    await check({ B: 1, T: 11, heads: 1, kvHeads: 1, dim: 4, window: 1, scale: 0.5 }, caps);
  });

  it("survives scores far apart", async () => {
    await check({ B: 1, T: 13, heads: 1, kvHeads: 1, dim: 4, scale: 1 }, caps, 8);
  });

  it("lets neither a later token nor another row change a bit", async () => {
    const open = await openTestDevice(caps.subgroup === 0 ? [] : ["subgroups"]);
    const shape: AttentionShape = { B: 2, T: 14, heads: 2, kvHeads: 1, dim: 8, scale: 0.4 };
    const kernel = attention({ ...open.capabilities, ...caps }, shape);
    const { q, k, v } = values(shape);
    const run = async (keys: Float32Array, vals: Float32Array) => {
      const stats = shape.B * shape.heads * shape.T;
      const [, , , out, lse] = await runKernel(kernel, [q, keys, vals, q.length, stats], [], open);
      return { out: new Uint32Array(out!.buffer), lse: new Uint32Array(lse!.buffer) };
    };
    const before = await run(k, v);
    for (const t of [0, 3, 4, 9, 12]) {
      // Row 0 changes after token t, even to infinities and NaN; row 1 must keep every bit.
      const future = (x: Float32Array) =>
        x.map((value, i) => {
          const token = Math.floor(i / shape.dim);
          return token > t && token < shape.T ? (i % 3 === 0 ? Infinity : i % 3 === 1 ? NaN : 1e30) : value;
        });
      const after = await run(future(k), future(v));
      const width = shape.heads * shape.dim;
      const past = (out: Uint32Array) => [
        ...out.subarray(0, (t + 1) * width),
        ...out.subarray(shape.T * width),
      ];
      expect(past(after.out)).toEqual(past(before.out));
      expect(after.out.subarray(0, shape.T * width)).not.toEqual(before.out.subarray(0, shape.T * width));
    }
  });
});

it("takes heads of 128, whose parts four lanes share evenly", async () => {
  await check({ B: 1, T: 6, heads: 1, kvHeads: 1, dim: 128, scale: 0.1 }, {});
});

it("agrees with float64 for any small shape", async () => {
  const shapes = fc.record({
    B: fc.integer({ min: 1, max: 2 }),
    T: fc.integer({ min: 1, max: 24 }),
    heads: fc.constantFrom(2, 4),
    kvHeads: fc.constantFrom(1, 2),
    dim: fc.integer({ min: 1, max: 20 }),
    window: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    scale: fc.constantFrom(0.1, 0.7),
  });
  await fc.assert(
    fc.asyncProperty(shapes, fc.boolean(), (shape, software) => check(shape, { software })),
    { numRuns: 5, seed: 2 },
  );
});
