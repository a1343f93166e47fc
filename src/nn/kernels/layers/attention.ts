// Causal attention in flash style: the scores [T, T] never exist in memory, backward recomputes them from the kept
// log-sum-exp. Grouped queries and a sliding window are sizes of the same kernels.
import gradKeysText from "../../../../shaders/attention_grad_kv.wgsl?raw";
import gradQueriesText from "../../../../shaders/attention_grad_q.wgsl?raw";
import forwardText from "../../../../shaders/attention.wgsl?raw";
import { LabError } from "../../../error.ts";
import { choose, rounded } from "../variants.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

export interface AttentionShape {
  readonly B: number;
  readonly T: number;
  readonly heads: number;
  /** Number of heads of keys and values; divides `heads`. */
  readonly kvHeads: number;
  /** Width of a head, up to 128. */
  readonly dim: number;
  /** Number of keys that a query attends to, its own included. Default: all keys up to its own. */
  readonly window?: number;
  /** Factor of the scores; usually 1 / sqrt(dim). */
  readonly scale: number;
}

/**
 * The work of one lane at a time. On SwiftShader (Nov 2026, B 8, T 128, 4 heads of 32; CPU ms of both cores, to run and
 * to compile), by rows x keys: forward 1x1 31, 240; 1x4 29, 370; 2x1 23, 420; 2x2 24, 790. Gradient of the queries:
 * 1 row 44, 610; 2 rows 37, 1,080. Gradient of the keys: 1 row 65, 690; 2 rows 48, 1,530 (in a slower hour).
 */
interface AttentionTile {
  /** Queries of a lane (in the gradient of the keys: keys of a lane). */
  readonly rows?: number;
  /** Keys that the forward kernel processes between two rescalings. */
  readonly keys?: number;
  /** Lanes of a workgroup, each of which reads its own data; or one subgroup, which reads once for all its lanes. */
  readonly lanes?: number | "subgroup";
}

/** The tuner's choices on a real GPU; the first is the default. */
export const ATTENTION_TILES: Readonly<Record<string, AttentionTile>> = {
  "32 lanes": { lanes: 32 },
  "64 lanes": { lanes: 64 },
  "32 lanes, 1 key": { lanes: 32, keys: 1 },
  "32 lanes, 4 keys": { lanes: 32, keys: 4 },
  subgroup: { lanes: "subgroup" },
};

/**
 * Bindings: q [B, T, heads, dim], k and v [B, T, kvHeads, dim], out [B, T, heads, dim], lse [B, heads, T].
 * A key after its query changes no bit of the output, and no row of the batch affects another.
 */
export function attention(caps: Capabilities, shape: AttentionShape, tile?: AttentionTile): Kernel {
  const { B, T, heads, kvHeads, dim } = shape;
  return tiled(caps, shape, tile, ({ keys }) => ({
    label: "attention",
    file: "attention.wgsl",
    text: forwardText,
    constants: { KEYS: keys ?? (caps.software ? 1 : 2) },
    tunesKeys: true,
    loads: ["q", "k", "v"],
    shared: ["k", "v"],
    stores: [["out", 3]],
    bindings: ["read", "read", "read", "write", "write"],
    heads,
    flops: 4 * pairs(shape) * dim,
    bytes: 4 * B * T * (2 * heads * dim + 2 * kvHeads * dim + heads),
  }));
}

/**
 * Two kernels in order. The first gives dq and delta (rowsum of dout * out); bindings: q, k, v, out, dout, lse, dq,
 * delta [B, heads, T]. The second gives dk and dv; bindings: q, k, v, dout, lse, delta, dk, dv.
 */
export function attentionGrad(
  caps: Capabilities,
  shape: AttentionShape,
  tile?: AttentionTile,
): [queries: Kernel, keys: Kernel] {
  const { B, T, heads, kvHeads, dim } = shape;
  const queries = tiled(caps, shape, tile, () => ({
    label: "attention grad q",
    file: "attention_grad_q.wgsl",
    text: gradQueriesText,
    constants: {},
    loads: ["q", "k", "v", "out", "dout"],
    shared: ["k", "v"],
    stores: [["dq", 6]],
    bindings: ["read", "read", "read", "read", "read", "read", "write", "write"],
    heads,
    flops: 6 * pairs(shape) * dim,
    bytes: 4 * B * T * (4 * heads * dim + 2 * kvHeads * dim + 2 * heads),
  }));
  const keys = tiled(caps, shape, tile, () => ({
    label: "attention grad kv",
    file: "attention_grad_kv.wgsl",
    text: gradKeysText,
    constants: {},
    loads: ["q", "k", "v", "dout"],
    shared: ["q", "dout"],
    stores: [
      ["dk", 6],
      ["dv", 7],
    ],
    bindings: ["read", "read", "read", "read", "read", "read", "write", "write"],
    heads: kvHeads,
    flops: 8 * pairs(shape) * dim,
    bytes: 4 * B * T * (2 * heads * dim + 4 * kvHeads * dim + 2 * heads),
  }));
  return [queries, keys];
}

/** Number of (query, key) pairs that are not masked, over batch and heads. */
export function pairs({ B, T, heads, window = T }: AttentionShape): number {
  const w = Math.min(window, T);
  return B * heads * (T * w - (w * (w - 1)) / 2);
}

interface Part {
  readonly label: string;
  readonly file: string;
  readonly text: string;
  readonly constants: Record<string, number>;
  /** Whether the kernel uses `AttentionTile.keys`. */
  readonly tunesKeys?: boolean;
  /** Names of the tensors of head vectors to read, at bindings 0, 1, ... */
  readonly loads: readonly string[];
  /** The loaded tensors whose vectors all lanes need at the same time. */
  readonly shared: readonly string[];
  /** Names of the tensors of head vectors to write, with their bindings. */
  readonly stores: readonly (readonly [name: string, binding: number])[];
  readonly bindings: readonly BindingKind[];
  /** Number of heads that the grid covers: those of queries or those of keys. */
  readonly heads: number;
  readonly flops: number;
  readonly bytes: number;
}

function tiled(
  caps: Capabilities,
  shape: AttentionShape,
  tile: AttentionTile | undefined,
  make: (tile: AttentionTile) => Part,
): Kernel {
  if (tile) return kernel(caps, shape, tile, make(tile));
  // Software adapters use the measured default (see AttentionTile): compiling another tile takes seconds.
  const names = caps.software ? [] : Object.entries(ATTENTION_TILES);
  const tiles = names.filter(
    ([, { lanes, keys }]) =>
      (lanes !== "subgroup" || caps.subgroup > 1) && (keys === undefined || make({}).tunesKeys),
  );
  const { B, T, kvHeads, dim, window = T } = shape;
  const { label, heads } = make({});
  const group = kvHeads === shape.heads ? "" : ` by ${shape.heads / kvHeads}`;
  const seen = window < T ? ` window ${rounded(window)}` : "";
  return choose(caps, {
    key: `${label} ${rounded(B * heads)}x${rounded(T)}x${rounded(dim)}${group}${seen}`,
    candidates: (tiles.length === 0 ? [["default", {}] as const] : tiles).map(([name, own]) => ({
      name,
      make: () => kernel(caps, shape, own, make(own)),
    })),
    plain: "32 lanes",
  });
}

function kernel(caps: Capabilities, shape: AttentionShape, tile: AttentionTile, part: Part): Kernel {
  const { B, T, heads, kvHeads, dim, window = T, scale } = shape;
  if (heads % kvHeads !== 0) {
    throw new LabError("shape", {
      what: "attention: heads",
      got: `${heads}`,
      expected: `a multiple of ${kvHeads} key heads`,
    });
  }
  if (dim > 128)
    throw new LabError("shape", { what: "attention: head size", got: `${dim}`, expected: "128 or less" });
  if (window < 1)
    throw new LabError("value", { what: "attention: window", got: `${window}`, expected: "1 or more" });
  const subgroup = caps.subgroup > 0 && (caps.software || tile.lanes === "subgroup");
  const alone = typeof tile.lanes === "number" ? tile.lanes : caps.software ? 4 : 32;
  const lanes = subgroup ? caps.subgroup : alone;
  const rows = tile.rows ?? (subgroup && dim <= 32 ? 2 : 1);
  const constants = {
    T,
    HEADS: heads,
    KV_HEADS: kvHeads,
    D: dim,
    WINDOW: Math.min(window, T),
    SCALE: scale,
    LANES: lanes,
    ROWS: rows,
    ...part.constants,
  };
  const sharing = !subgroup ? "load" : lanes === 4 ? "swap" : "broadcast";
  const regions = {
    tensors: tensors(part, dim, lanes, sharing),
    ...(subgroup && { enable: "enable subgroups;" }),
  };
  return {
    label: `${part.label} ${B}x${T}x${heads}${kvHeads === heads ? "" : `/${kvHeads}`}x${dim}${window < T ? ` window ${window}` : ""}`,
    file: part.file,
    wgsl: specialise(part.file, part.text, { constants, regions }),
    bindings: part.bindings,
    numbers: 0,
    grid: [Math.ceil(T / (lanes * rows)), part.heads, B],
    flops: part.flops,
    bytes: part.bytes,
  };
}

/** The way in which the lanes of a workgroup read a head vector that all of them need. */
type Sharing = "swap" | "broadcast" | "load";

/**
 * WGSL bindings of head vectors and functions that read, share and write them. A vector whose size is not a multiple of
 * four is read as scalars, with zeros past the end. Four lanes swap the parts that they loaded: a broadcast costs
 * SwiftShader four times as much, and a lane may process the parts in any order. Of the parts left over by blocks of
 * four, two lanes swap two, and every lane loads a last one.
 */
function tensors({ loads, shared, stores }: Part, dim: number, lanes: number, sharing: Sharing): string {
  const ragged = dim % 4 !== 0;
  const element = ragged ? "f32" : "vec4f";
  const parts = [0, 1, 2, 3];
  const count = Math.ceil(dim / 4);
  const read = loads.map((name, binding) => {
    const array = name.toUpperCase();
    const scalars = parts.map((p) => `select(0.0f, ${array}[at + ${p}u], i * 4u + ${p}u < D)`).join(", ");
    return `@group(0) @binding(${binding}) var<storage, read> ${array}: array<${element}>;
fn load_${name}(vector: u32, i: u32) -> vec4f {
${ragged ? `let at = vector * D + i * 4u;\nreturn vec4f(${scalars});` : `return ${array}[vector * D4 + i];`}
}`;
  });
  const blocks = sharing === "swap" ? swapBlocks(count) : [];
  const fetch = shared.map((name) => {
    const lines: string[] = [];
    const values: string[] = [];
    for (const { from, size } of blocks) {
      lines.push(`let part${from} = load_${name}(vector, place(${from}u, lane));`);
      const swaps = ["", "quadSwapX", "quadSwapY", "quadSwapDiagonal"].slice(0, size);
      values.push(...swaps.map((swap) => `${swap}(part${from})`));
    }
    for (let i = 0; i < count; i++) {
      if (sharing === "load") values.push(`load_${name}(vector, ${i}u)`);
      if (sharing !== "broadcast") continue;
      const lane = i % lanes;
      const own = `part${(i - lane) / lanes}`;
      if (lane === 0) lines.push(`let ${own} = load_${name}(vector, min(${i}u + lane, D4 - 1u));`);
      values.push(`subgroupBroadcast(${own}, ${lane}u)`);
    }
    return `fn fetch_${name}(vector: u32, lane: u32) -> array<vec4f, D4> {
${lines.join("\n")}
return array<vec4f, D4>(${values.join(", ")});
}`;
  });
  const write = stores.map(([name, binding]) => {
    const array = name.toUpperCase();
    const scalars = parts.map(
      (p) => `if (i * 4u + ${p}u < D) { ${array}[vector * D + i * 4u + ${p}u] = value[${p}]; }`,
    );
    return `@group(0) @binding(${binding}) var<storage, read_write> ${array}: array<${element}>;
fn store_${name}(vector: u32, i: u32, value: vec4f) {
${ragged ? scalars.join("\n") : `${array}[vector * D4 + i] = value;`}
}`;
  });
  const masks = blocks.map(({ from, size }) => `if (i >= ${from}u) { return i ^ (lane & ${size - 1}u); }`);
  const place = `fn place(i: u32, lane: u32) -> u32 {
${masks.reverse().join("\n")}
return i;
}`;
  return [...read, ...fetch, ...write, place].join("\n");
}

/** Splits the parts of a vector into blocks that lanes swap among themselves: of four, then of two, then of one. */
function swapBlocks(count: number): readonly { readonly from: number; readonly size: 1 | 2 | 4 }[] {
  const blocks: { from: number; size: 1 | 2 | 4 }[] = [];
  for (let from = 0; from < count;) {
    const size = count - from >= 4 ? 4 : count - from >= 2 ? 2 : 1;
    blocks.push({ from, size });
    from += size;
  }
  return blocks;
}
