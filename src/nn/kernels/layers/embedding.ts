// Rows of a table by token, elements by index, and the gradients of both. Kernels read the tokens on the device, so
// a kernel may have computed them.

import embeddingGradSource from "../../../../shaders/embedding_grad.wgsl?raw";
import embeddingSortSource from "../../../../shaders/embedding_sort.wgsl?raw";
import embeddingSumSource from "../../../../shaders/embedding_sum.wgsl?raw";
import embeddingSource from "../../../../shaders/embedding.wgsl?raw";
import gatherSource from "../../../../shaders/gather.wgsl?raw";
import scatterSource from "../../../../shaders/scatter_add.wgsl?raw";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { lanesForResults } from "../wgsl/lanes.ts";
import type { Passes } from "../passes.ts";
import { specialise } from "../wgsl/specialise.ts";

interface EmbeddingShape {
  /** Number of tokens. */
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
      constants: { SIZE: GROUP_SIZE, VOCAB: vocab, ITEMS: items, FOUR: four },
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil((rows * items) / GROUP_SIZE)),
    flops: 0,
    bytes: 8 * rows * width,
  };
}

interface EmbeddingGradShape extends EmbeddingShape {
  /** Adds to dtable, which already holds the gradient of a tied head, instead of replacing it. Default false. */
  readonly accumulate?: boolean;
}

/** Bindings: tokens [rows] u32, dy [rows, width], dtable [vocab, width]. Deterministic. */
export function embeddingGrad(caps: Capabilities, shape: EmbeddingGradShape): Passes {
  if (!caps.software) return { steps: [{ kernel: gradByScan(caps, shape), slots: [0, 1, 2] }], scratch: [] };
  const { rows, vocab } = shape;
  const steps = [
    { kernel: sortTokens(shape), slots: [0, 3] },
    { kernel: gradBySorted(caps, shape), slots: [3, 1, 2] },
  ];
  return { steps, scratch: [vocab + rows] };
}

function sortTokens({ rows, vocab }: EmbeddingGradShape): Kernel {
  return {
    label: `embedding sort ${rows} of ${vocab}`,
    file: "shaders/embedding_sort.wgsl",
    wgsl: specialise("shaders/embedding_sort.wgsl", embeddingSortSource, {
      constants: { ROWS: rows, VOCAB: vocab },
    }),
    bindings: ["read", "write"],
    numbers: 0,
    grid: [1, 1, 1],
    flops: 0,
    bytes: 4 * (4 * rows + 3 * vocab),
  };
}

function gradBySorted(
  caps: Capabilities,
  { rows, vocab, width, accumulate = false }: EmbeddingGradShape,
): Kernel {
  const four = width % 4 === 0;
  const items = four ? width / 4 : width;
  return {
    label: `embedding sum ${rows}x${width} of ${vocab}`,
    file: "shaders/embedding_sum.wgsl",
    wgsl: specialise("shaders/embedding_sum.wgsl", embeddingSumSource, {
      constants: { SIZE: GROUP_SIZE, VOCAB: vocab, ITEMS: items, FOUR: four, ACCUMULATE: accumulate },
    }),
    bindings: ["read", "read", accumulate ? "readwrite" : "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil((vocab * items) / GROUP_SIZE)),
    flops: rows * width,
    bytes: 4 * (rows * width + vocab * width),
  };
}

function gradByScan(caps: Capabilities, shape: EmbeddingGradShape): Kernel {
  const { rows, vocab, width, accumulate = false } = shape;
  const four = width % 4 === 0;
  const items = four ? width / 4 : width;
  const together = rows % 4 === 0 ? 4 : 1;
  const scan = rows % (4 * together) === 0 ? 4 : 1;
  const lanes = items > 32 ? 64 : 32;
  const columns = Math.min(8, Math.ceil(items / lanes));
  const blocks = Math.ceil(items / (lanes * columns));
  return {
    label: `embedding grad ${rows}x${width} of ${vocab}`,
    file: "shaders/embedding_grad.wgsl",
    wgsl: specialise("shaders/embedding_grad.wgsl", embeddingGradSource, {
      constants: {
        LANES: lanes,
        COLUMNS: columns,
        BLOCKS: blocks,
        SCAN: scan,
        ROWS: rows / together,
        VOCAB: vocab,
        ITEMS: items,
        FOUR: four,
        FOUR_TOKENS: together === 4,
        ACCUMULATE: accumulate,
      },
    }),
    bindings: ["read", "read", accumulate ? "readwrite" : "write"],
    numbers: 0,
    grid: gridOf(caps, vocab * blocks),
    flops: rows * width + vocab * rows,
    bytes: 4 * (rows * width + vocab * width),
  };
}

interface GatherShape {
  readonly outer: number;
  /** Size of the indexed axis. */
  readonly length: number;
  /** Number of indices along that axis. */
  readonly count: number;
  readonly inner: number;
}

/** Bindings: x [outer, length, inner], index [outer, count, inner] u32, y [outer, count, inner]. */
export function gather(caps: Capabilities, { outer, length, count, inner }: GatherShape): Kernel {
  const size = caps.software ? 8 : 64;
  const results = outer * count * inner;
  return {
    label: `gather ${outer}x${length}x${inner} by ${count}`,
    file: "shaders/gather.wgsl",
    wgsl: specialise("shaders/gather.wgsl", gatherSource, {
      constants: { SIZE: size, LENGTH: length, COUNT: count, INNER: inner },
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(results / size)),
    flops: 0,
    bytes: 4 * 3 * results,
  };
}

/** Bindings: x [outer, count, inner], index [outer, count, inner] u32, y [outer, length, inner]. Deterministic. */
export function scatterAdd(caps: Capabilities, { outer, length, count, inner }: GatherShape): Kernel {
  const results = outer * length * inner;
  const { pack, constants, includes } = lanesForResults(caps, count, results, false);
  return {
    label: `scatter_add ${outer}x${length}x${inner} by ${count}`,
    file: "shaders/scatter_add.wgsl",
    wgsl: specialise("shaders/scatter_add.wgsl", scatterSource, {
      constants: { ...constants, RESULTS: results, LENGTH: length, COUNT: count, INNER: inner },
      includes,
    }),
    bindings: ["read", "read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(results / pack)),
    flops: results * count,
    bytes: 4 * (results + 2 * outer * count * inner),
  };
}
