// The kernels that bench/kernels/kernels.ts times: every variant of the matmuls in one step of C0 (vocabulary 1,024,
// width 128, four layers, four heads, T 128, B 8), its attention and its cross-entropy.
import { attention, attentionGrad } from "../../src/nn/kernels/layers/attention.ts";
import {
  crossEntropy,
  crossEntropyFused,
  crossEntropyGrad,
} from "../../src/nn/kernels/layers/cross-entropy.ts";
import type { Capabilities, Kernel } from "../../src/nn/kernels/kernel.ts";
import { matmulVariants } from "../../src/nn/kernels/layers/matmul.ts";
import { type Candidate, openBench, timeKernels, type Timing } from "./kernel-timer.ts";

/** Layout, m, n, k, and number of dispatches in one step of C0. */
const C0_MATMULS = [
  ["nn", 1024, 384, 128, 4],
  ["nn", 1024, 128, 128, 4],
  ["nn", 1024, 512, 128, 4],
  ["nn", 1024, 128, 512, 4],
  ["nt", 1024, 1024, 128, 1],
  ["nn", 1024, 128, 1024, 1],
  ["tn", 1024, 128, 1024, 1],
  ["tn", 512, 128, 1024, 4],
  ["nt", 1024, 512, 128, 4],
  ["tn", 128, 512, 1024, 4],
  ["nt", 1024, 128, 512, 4],
  ["tn", 128, 128, 1024, 4],
  ["nt", 1024, 128, 128, 4],
  ["tn", 128, 384, 1024, 4],
  ["nt", 1024, 128, 384, 4],
] as const;

export function cases(caps: Capabilities): Candidate[] {
  const matmuls = C0_MATMULS.flatMap(([layout, m, n, k, count]) => {
    const transposeA = layout[0] === "t";
    const transposeB = layout[1] === "t";
    const variants = matmulVariants(caps, { batch: 1, m, n, k, transposeA, transposeB });
    const group = `matmul ${layout} ${m}x${n}x${k} (${count})`;
    return variants.map(({ name, kernel }) => ({ group, name, kernel, sizes: [m * k, k * n, m * n] }));
  });
  const tiles = [
    { rows: 1, keys: 2 },
    { rows: 1, keys: 4 },
    { rows: 2, keys: 1 },
    { rows: 2, keys: 2 },
  ];
  const attentions = [32, 24].flatMap((dim) => tiles.flatMap((tile) => attentionCases(caps, dim, tile)));
  const one = (kernel: Kernel, sizes: number[]): Candidate => ({
    group: kernel.label,
    name: "default",
    kernel,
    sizes,
  });
  const [rows, vocab] = [1024, 1024];
  return [
    ...matmuls,
    ...attentions,
    one(crossEntropy(caps, { rows, vocab }), [rows * vocab, rows, rows, rows]),
    one(crossEntropyGrad(caps, { rows, vocab }), [rows * vocab, rows, rows, rows * vocab]),
    one(crossEntropyFused(caps, { rows, vocab }), [rows * vocab, rows, rows, rows]),
  ];
}

/** Times all cases whose name contains `filter`, group by group, inside the page. */
export async function run(options: { filter: string; rounds: number; plain: boolean }) {
  const { device, caps, name } = await openBench(options.plain);
  const { gpuCpuMs } = globalThis as unknown as { gpuCpuMs: () => Promise<number> };
  const chosen = cases(caps).filter((c) => `${c.group} ${c.name}`.includes(options.filter));
  const timings: Timing[] = [];
  for (const group of new Set(chosen.map((c) => c.group))) {
    timings.push(
      ...(await timeKernels(
        device,
        chosen.filter((c) => c.group === group),
        options.rounds,
        40,
        gpuCpuMs,
      )),
    );
  }
  return { adapter: name, timings };
}

/** Attention of 8 sequences of 128 tokens, 4 heads of `dim`; the gradients ignore `keys` and run once per `rows`. */
function attentionCases(caps: Capabilities, dim: number, tile: { rows: number; keys: number }): Candidate[] {
  const [B, T, heads] = [8, 128, 4];
  const [vectors, stats] = [B * T * heads * dim, B * T * heads];
  const shape = { B, T, heads, kvHeads: heads, dim, scale: dim ** -0.5 };
  const [gradQueries, gradKeys] = attentionGrad(caps, shape, tile);
  const named = (kernel: Kernel, sizes: number[]) => ({
    group: kernel.label,
    name: `${tile.rows} rows ${tile.keys} keys`,
    kernel,
    sizes,
  });
  const forward = named(attention(caps, shape, tile), [vectors, vectors, vectors, vectors, stats]);
  if (tile.keys !== 2) return [forward];
  return [
    forward,
    named(gradQueries, [vectors, vectors, vectors, vectors, vectors, stats, vectors, stats]),
    named(gradKeys, [vectors, vectors, vectors, vectors, stats, stats, vectors, vectors]),
  ];
}
