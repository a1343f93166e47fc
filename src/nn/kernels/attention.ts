// Causal attention in flash style: the scores [T, T] never exist in memory, backward recomputes them from the kept
// log-sum-exp. Grouped queries and a sliding window are sizes of the same kernels.
import gradKeysText from "../../../shaders/attention_grad_kv.wgsl?raw";
import gradQueriesText from "../../../shaders/attention_grad_q.wgsl?raw";
import forwardText from "../../../shaders/attention.wgsl?raw";
import { LabError } from "../../error.ts";
import type { BindingKind, Capabilities, Kernel } from "./kernel.ts";
import { specialise } from "./specialise.ts";

export interface AttentionShape {
  readonly B: number;
  readonly T: number;
  readonly heads: number;
  /** Keys and values have this many heads; it divides `heads`. */
  readonly kvHeads: number;
  /** Of a head, up to 128. */
  readonly dim: number;
  /** How many keys a query sees, itself included; all of its past where absent. */
  readonly window?: number;
  /** Of the scores; usually 1 / sqrt(dim). */
  readonly scale: number;
}

/**
 * Bindings: q [B, T, heads, dim], k and v [B, T, kvHeads, dim], out [B, T, heads, dim], lse [B, heads, T].
 * A key after its query changes no bit of the output, and rows of the batch never meet.
 */
export function attention(caps: Capabilities, shape: AttentionShape): Kernel {
  const { B, T, heads, kvHeads, dim } = shape;
  return kernel(caps, shape, {
    label: "attention",
    file: "attention.wgsl",
    text: forwardText,
    // With more keys at a time a wide head unrolls into a text that takes too long to compile.
    constants: { KEYS: dim <= 32 ? 4 : dim <= 64 ? 2 : 1 },
    loads: ["q", "k", "v"],
    stores: [["out", 3]],
    bindings: ["read", "read", "read", "write", "write"],
    heads,
    flops: 4 * pairs(shape) * dim,
    bytes: 4 * B * T * (2 * heads * dim + 2 * kvHeads * dim + heads),
  });
}

/**
 * Two kernels in order. The first gives dq and delta (rowsum of dout * out); bindings: q, k, v, out, dout, lse, dq,
 * delta [B, heads, T]. The second gives dk and dv; bindings: q, k, v, dout, lse, delta, dk, dv.
 */
export function attentionGrad(caps: Capabilities, shape: AttentionShape): [queries: Kernel, keys: Kernel] {
  const { B, T, heads, kvHeads, dim } = shape;
  const queries = kernel(caps, shape, {
    label: "attention grad q",
    file: "attention_grad_q.wgsl",
    text: gradQueriesText,
    constants: {},
    loads: ["q", "k", "v", "out", "dout"],
    stores: [["dq", 6]],
    bindings: ["read", "read", "read", "read", "read", "read", "write", "write"],
    heads,
    flops: 6 * pairs(shape) * dim,
    bytes: 4 * B * T * (4 * heads * dim + 2 * kvHeads * dim + 2 * heads),
  });
  const keys = kernel(caps, shape, {
    label: "attention grad kv",
    file: "attention_grad_kv.wgsl",
    text: gradKeysText,
    constants: {},
    loads: ["q", "k", "v", "dout"],
    stores: [
      ["dk", 6],
      ["dv", 7],
    ],
    bindings: ["read", "read", "read", "read", "read", "read", "write", "write"],
    heads: kvHeads,
    flops: 8 * pairs(shape) * dim,
    bytes: 4 * B * T * (2 * heads * dim + 4 * kvHeads * dim + 2 * heads),
  });
  return [queries, keys];
}

/** How many (query, key) pairs are not masked, over batch and heads. */
function pairs({ B, T, heads, window = T }: AttentionShape): number {
  const w = Math.min(window, T);
  return B * heads * (T * w - (w * (w - 1)) / 2);
}

interface Part {
  readonly label: string;
  readonly file: string;
  readonly text: string;
  readonly constants: Record<string, number>;
  /** Tensors of head vectors that are read, at bindings 0, 1, ... */
  readonly loads: readonly string[];
  /** Tensors of head vectors that are written, and their bindings. */
  readonly stores: readonly (readonly [name: string, binding: number])[];
  readonly bindings: readonly BindingKind[];
  /** Which heads the grid goes over. */
  readonly heads: number;
  readonly flops: number;
  readonly bytes: number;
}

function kernel(caps: Capabilities, shape: AttentionShape, part: Part): Kernel {
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
  const subgroup = caps.software && caps.subgroup > 0;
  const lanes = subgroup ? caps.subgroup : caps.software ? 4 : 32;
  const constants = {
    T,
    HEADS: heads,
    KV_HEADS: kvHeads,
    D: dim,
    WINDOW: Math.min(window, T),
    SCALE: scale,
    LANES: lanes,
    SUBGROUP: subgroup,
    ...part.constants,
  };
  const regions = {
    share: shareRegion(subgroup ? lanes : 0, dim),
    ...(!subgroup && { enable: "" }),
    ...(dim % 4 !== 0 && { tensors: raggedTensors(part, dim) }),
  };
  return {
    label: `${part.label} ${B}x${T}x${heads}${kvHeads === heads ? "" : `/${kvHeads}`}x${dim}${window < T ? ` window ${window}` : ""}`,
    file: part.file,
    wgsl: specialise(part.file, part.text, { constants, regions }),
    bindings: part.bindings,
    numbers: 0,
    grid: [Math.ceil(T / lanes), part.heads, B],
    flops: part.flops,
    bytes: part.bytes,
  };
}

/**
 * How lanes share a vector of which each loaded a part. Four lanes swap: a broadcast costs SwiftShader four times as
 * much, and which part of a vector a lane holds where matters to no sum but its order.
 */
function shareRegion(lanes: number, dim: number): string {
  const inPlace = "fn place(i: u32, lane: u32) -> u32 { return i; }";
  if (lanes === 0) return inPlace;
  if (lanes === 4 && dim % 16 === 0) {
    return `fn place(i: u32, lane: u32) -> u32 { return i ^ lane; }
fn share(part: vec4f, source: u32) -> vec4f {
switch source {
case 1u: { return quadSwapX(part); }
case 2u: { return quadSwapY(part); }
case 3u: { return quadSwapDiagonal(part); }
default: { return part; }
}
}`;
  }
  const cases = Array.from(
    { length: lanes - 1 },
    (_, lane) => `case ${lane}u: { return subgroupBroadcast(part, ${lane}u); }`,
  );
  return `${inPlace}
fn share(part: vec4f, source: u32) -> vec4f {
switch source {
${cases.join("\n")}
default: { return subgroupBroadcast(part, ${lanes - 1}u); }
}
}`;
}

/** Head vectors whose size is no multiple of four: scalars, with zeros past the end. */
function raggedTensors({ loads, stores }: Part, dim: number): string {
  const parts = [0, 1, 2, 3];
  const read = loads.map(
    (name, binding) => `@group(0) @binding(${binding}) var<storage, read> ${name.toUpperCase()}: array<f32>;
fn load_${name}(vector: u32, i: u32) -> vec4f {
let at = vector * D + i * 4u;
return vec4f(${parts.map((p) => `select(0.0f, ${name.toUpperCase()}[at + ${p}u], i * 4u + ${p}u < D)`).join(", ")});
}`,
  );
  const write = stores.map(
    ([
      name,
      binding,
    ]) => `@group(0) @binding(${binding}) var<storage, read_write> ${name.toUpperCase()}: array<f32>;
fn store_${name}(vector: u32, i: u32, value: vec4f) {
let at = vector * D + i * 4u;
${parts.map((p) => `if (i * 4u + ${p}u < ${dim}u) { ${name.toUpperCase()}[at + ${p}u] = value[${p}]; }`).join("\n")}
}`,
  );
  return [...read, ...write].join("\n");
}
