// How many invocations share a row in kernels that reduce rows. A workgroup barrier turns SwiftShader's lanes into
// coroutines (59 ms against 0.7 ms for one RMSNorm), and sharing a row in a subgroup of four is still 1.3 to 2.8 times
// slower there than a row to each lane (November 2026), so software adapters get one.

import type { Capabilities } from "../kernel.ts";

export interface Lanes {
  /** Invocations of a row. */
  readonly lanes: number;
  /** Invocations of a workgroup. */
  readonly groupSize: number;
  /** Rows of a workgroup. */
  readonly pack: number;
  /** Regions `enable`, `lanes` and `item` of the row shaders. */
  readonly regions: { readonly enable: string; readonly lanes: string; readonly item: string };
  /** 4 where a row is vec4s. */
  readonly width: 1 | 4;
}

/** Ways to share a row: the lanes of a subgroup, so many of a workgroup, or nobody. */
export const LANE_KINDS = ["subgroup", "64 lanes", "256 lanes", "1 lane"] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

/** The ways that suit rows of `length` elements, the default first. */
export function laneKinds(caps: Capabilities, length: number): readonly LaneKind[] {
  const items = itemsOf(length);
  if (caps.software || items < 8) return ["1 lane"];
  const wide: LaneKind[] = items >= 256 && caps.maxInvocations >= 256 ? ["256 lanes"] : [];
  const others: LaneKind[] = ["64 lanes", ...wide, "1 lane"];
  return caps.subgroup > 1 && items >= caps.subgroup / 2 ? ["subgroup", ...others] : others;
}

/** For rows of `length` elements, all of whose operands may be read four at a time when `length` allows. */
export function lanesOf(caps: Capabilities, length: number, kind = laneKinds(caps, length)[0]): Lanes {
  switch (kind) {
    case "subgroup":
      // A workgroup is one subgroup: nothing promises how a larger one is divided.
      return finish(length, caps.subgroup, caps.subgroup, SUBGROUP, "enable subgroups;");
    case "64 lanes":
      return finish(length, Math.min(64, 2 ** Math.floor(Math.log2(itemsOf(length)))), 64, WORKGROUP);
    case "256 lanes":
      return finish(length, 256, 256, WORKGROUP);
    default:
      return oneLane(caps, length);
  }
}

function itemsOf(length: number): number {
  return length % 4 === 0 ? length / 4 : length;
}

/** One invocation per row, or per column of `length` columns. */
export function oneLane(caps: Capabilities, length: number): Lanes {
  // Eight on two CPU cores: enough workgroups for both, and lanes to fill a vector.
  return finish(length, 1, caps.software ? 8 : 64, SINGLE);
}

/** Results that keep a GPU busy with an invocation each. */
const BUSY = 16384;

/**
 * For `results` results that each read `length` elements one by one. Lanes share one where they read `side` by side in
 * memory, or where there are too few results for an invocation each.
 */
export function lanesForResults(caps: Capabilities, length: number, results: number, side: boolean): Lanes {
  return side || results < BUSY ? lanesOf(caps, length) : oneLane(caps, 1);
}

function finish(length: number, lanes: number, groupSize: number, functions: string, enable = ""): Lanes {
  const width = length % 4 === 0 ? 4 : 1;
  const pack = groupSize / lanes;
  const regions = {
    enable,
    lanes: `${header(lanes, pack, groupSize)}\n${functions}`,
    item: width === 4 ? VECTOR_ITEM : SCALAR_ITEM,
  };
  return { lanes, groupSize, pack, width, regions };
}

function header(lanes: number, pack: number, size: number): string {
  return `const LANES = ${lanes}u;\nconst PACK = ${pack}u;\nconst SIZE = ${size}u;`;
}

const SINGLE = `fn sum_lanes(x: vec2f, local: u32) -> vec2f { return x; }
fn max_lanes(x: f32, local: u32) -> f32 { return x; }`;

const SUBGROUP = `fn sum_lanes(x: vec2f, local: u32) -> vec2f { return subgroupAdd(x); }
fn max_lanes(x: f32, local: u32) -> f32 { return subgroupMax(x); }`;

const WORKGROUP = `var<workgroup> partial: array<vec2f, SIZE>;
fn sum_lanes(x: vec2f, local: u32) -> vec2f {
workgroupBarrier();
partial[local] = x;
workgroupBarrier();
for (var half = LANES / 2u; half > 0u; half = half / 2u) {
if (local % LANES < half) { partial[local] += partial[local + half]; }
workgroupBarrier();
}
return partial[local / LANES * LANES];
}
fn max_lanes(x: f32, local: u32) -> f32 {
workgroupBarrier();
partial[local].x = x;
workgroupBarrier();
for (var half = LANES / 2u; half > 0u; half = half / 2u) {
if (local % LANES < half) { partial[local].x = max(partial[local].x, partial[local + half].x); }
workgroupBarrier();
}
return partial[local / LANES * LANES].x;
}`;

const SCALAR_ITEM = `alias Item = f32;
const ITEM_WIDTH = 1u;
fn total(x: f32) -> f32 { return x; }
fn top(x: f32) -> f32 { return x; }`;

const VECTOR_ITEM = `alias Item = vec4f;
const ITEM_WIDTH = 4u;
fn total(x: vec4f) -> f32 { return (x.x + x.y) + (x.z + x.w); }
fn top(x: vec4f) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }`;
