// Rows of a table by token, elements by index, and the gradients of both. Tokens are read on the device, so they may
// have been computed there.

import embeddingGradSource from "../../../shaders/embedding_grad.wgsl?raw";
import embeddingSource from "../../../shaders/embedding.wgsl?raw";
import gatherSource from "../../../shaders/gather.wgsl?raw";
import scatterSource from "../../../shaders/scatter_add.wgsl?raw";
import { GROUP_SIZE, gridOf } from "./grid.ts";
import type { Capabilities, Kernel } from "./kernel.ts";
import { specialise } from "./specialise.ts";

export interface EmbeddingShape {
  /** Tokens. */
  readonly rows: number;
  readonly vocab: number;
  readonly width: number;
}

/** Bindings: table [vocab, width], tokens [rows] u32, y [rows, width]. */
export function embedding(caps: Capabilities, { rows, vocab, width }: EmbeddingShape): Kernel {
  const four = width % 4 === 0;
  const items = four ? width / 4 : width;
  return {
    label: `embedding ${rows}x${width} of ${vocab}`,
    file: "shaders/embedding.wgsl",
    wgsl: specialise("shaders/embedding.wgsl", embeddingSource, {
      constants: { SIZE: GROUP_SIZE, VOCAB: vocab, ITEMS: items },
      regions: { item: `alias Item = ${four ? "vec4f" : "f32"};` },
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil((rows * items) / GROUP_SIZE)),
    flops: 0,
    bytes: 8 * rows * width,
  };
}

export interface EmbeddingGradShape extends EmbeddingShape {
  /** Adds to dtable (a tied head's gradient is there already) instead of replacing it. Default false. */
  readonly accumulate?: boolean;
}

/** Bindings: tokens [rows] u32, dy [rows, width], dtable [vocab, width]. Deterministic. */
export function embeddingGrad(caps: Capabilities, shape: EmbeddingGradShape): Kernel {
  const { rows, vocab, width, accumulate = false } = shape;
  const four = width % 4 === 0;
  const items = four ? width / 4 : width;
  const lanes = caps.software ? 4 : items > 32 ? 64 : 32;
  const columns = Math.min(8, Math.ceil(items / lanes));
  const blocks = Math.ceil(items / (lanes * columns));
  const together = rows % 4 === 0 ? 4 : 1;
  const item = `alias Item = ${four ? "vec4f" : "f32"};\nalias Tokens = ${together === 4 ? "vec4u" : "u32"};`;
  const add = (token: string): string =>
    Array.from(
      { length: columns },
      (_, c) => `sums[${c}] += dy[(${token}) * ITEMS + min(first + ${c}u * LANES, ITEMS - 1u)];`,
    ).join(" ");
  const match = ["x", "y", "z", "w"].map((part, j) => `if (here.${part}) {\n${add(`n * 4u + ${j}u`)}\n}`);
  return {
    label: `embedding grad ${rows}x${width} of ${vocab}`,
    file: "shaders/embedding_grad.wgsl",
    wgsl: specialise("shaders/embedding_grad.wgsl", embeddingGradSource, {
      constants: {
        LANES: lanes,
        COLUMNS: columns,
        ROWS: rows / together,
        VOCAB: vocab,
        ITEMS: items,
        BLOCKS: blocks,
      },
      regions: {
        item,
        ...(together === 4 ? { add: `if (any(here)) {\n${match.join("\n")}\n}` } : {}),
        ...(accumulate ? { store: "dtable[row * ITEMS + first + c * LANES] += sums[c];" } : {}),
      },
    }),
    bindings: ["read", "read", accumulate ? "readwrite" : "write"],
    numbers: 0,
    grid: gridOf(caps, vocab * blocks),
    // Comparing counts: it is what a software adapter spends its time on.
    flops: rows * width + (vocab * rows) / 2,
    bytes: 4 * (rows * width + vocab * width),
  };
}

export interface GatherShape {
  readonly outer: number;
  /** Size of the axis that is indexed. */
  readonly length: number;
  /** Indices along it. */
  readonly count: number;
  readonly inner: number;
}

/** Bindings: x [outer, length, inner], index [outer, count, inner] u32, y [outer, count, inner]. */
export function gather(caps: Capabilities, shape: GatherShape): Kernel {
  return indexed(caps, "gather", gatherSource, shape, shape.count);
}

/** Bindings: x [outer, count, inner], index [outer, count, inner] u32, y [outer, length, inner]. Deterministic. */
export function scatterAdd(caps: Capabilities, shape: GatherShape): Kernel {
  return indexed(caps, "scatter_add", scatterSource, shape, shape.length);
}

function indexed(caps: Capabilities, name: string, text: string, shape: GatherShape, along: number): Kernel {
  const { outer, length, count, inner } = shape;
  const size = caps.software ? 8 : 64;
  const results = outer * along * inner;
  return {
    label: `${name} ${outer}x${length}x${inner} by ${count}`,
    file: `shaders/${name}.wgsl`,
    wgsl: specialise(`shaders/${name}.wgsl`, text, {
      constants: { SIZE: size, LENGTH: length, COUNT: count, INNER: inner },
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(results / size)),
    flops: name === "gather" ? 0 : results * count,
    bytes: 4 * (results + 2 * outer * count * inner),
  };
}
