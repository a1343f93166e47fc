// Depthwise causal convolution over time, and its gradients. An invocation computes 4 channels if 4 divides C, else 1.

import gradSource from "../../../../shaders/causal_conv_grad.wgsl?raw";
import source from "../../../../shaders/causal_conv.wgsl?raw";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import type { Passes } from "../passes.ts";
import { reduce } from "../basic/reduce.ts";
import { specialise } from "../wgsl/specialise.ts";

interface ConvolutionShape {
  readonly B: number;
  readonly T: number;
  /** Channels. */
  readonly C: number;
  readonly taps: number;
}

/** Bindings: x [B, T, C], w [taps, C], y [B, T, C]; with `reverse` dy, w, dx. */
export function causalConv(caps: Capabilities, shape: ConvolutionShape, reverse = false): Kernel {
  const { B, T, C, taps } = shape;
  const four = C % 4 === 0;
  const count = (B * T * C) / (four ? 4 : 1);
  return {
    label: `causal conv${reverse ? " grad" : ""} ${B}x${T}x${C} by ${taps}`,
    file: "shaders/causal_conv.wgsl",
    wgsl: specialise("shaders/causal_conv.wgsl", source, {
      constants: {
        SIZE: GROUP_SIZE,
        COUNT: count,
        T,
        TAPS: taps,
        ITEMS: four ? C / 4 : C,
        REVERSE: reverse,
        FOUR: four,
      },
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(count / GROUP_SIZE)),
    flops: 2 * B * T * C * taps,
    bytes: 8 * B * T * C,
  };
}

/** Bindings: x [B, T, C], dy [B, T, C], dw [taps, C]. Deterministic. */
export function causalConvGradWeight(caps: Capabilities, shape: ConvolutionShape): Passes {
  const { B, T, C, taps } = shape;
  const rows = B * T;
  const four = C % 4 === 0;
  const items = four ? C / 4 : C;
  // Enough chunks to fill the device, each long enough to justify its partial sums.
  const chunk = Math.max(16, Math.ceil((rows * items) / (caps.software ? 256 : 16384)));
  const chunks = Math.ceil(rows / chunk);
  const size = caps.software ? 8 : GROUP_SIZE;
  const partial: Kernel = {
    label: `causal conv grad weight ${B}x${T}x${C} by ${taps}`,
    file: "shaders/causal_conv_grad.wgsl",
    wgsl: specialise("shaders/causal_conv_grad.wgsl", gradSource, {
      constants: {
        SIZE: size,
        ROWS: rows,
        CHUNKS: chunks,
        CHUNK: chunk,
        T,
        TAPS: taps,
        ITEMS: items,
        FOUR: four,
      },
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil((chunks * items) / size)),
    flops: 2 * rows * C * taps,
    bytes: 8 * rows * C,
  };
  if (chunks === 1) return { steps: [{ kernel: partial, slots: [0, 1, 2] }], scratch: [] };
  const sums = reduce(caps, { outer: 1, length: chunks, inner: taps * C, op: "sum" });
  const scratch = [chunks * taps * C];
  const steps = [{ kernel: partial, slots: [0, 1, 3] }];
  let from = 3;
  sums.forEach((kernel, i) => {
    const last = i === sums.length - 1;
    if (!last) scratch.push(kernel.results);
    const to = last ? 2 : 2 + scratch.length;
    steps.push({ kernel, slots: [from, to] });
    from = to;
  });
  return { steps, scratch };
}
