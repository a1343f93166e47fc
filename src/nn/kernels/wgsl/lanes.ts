// The number of invocations that share a row in kernels that reduce rows. A workgroup barrier turns SwiftShader's lanes
// into coroutines (59 ms against 0.7 ms for one RMSNorm), and a row shared by a subgroup of four is still 1.3 to 2.8
// times slower there than one row per lane (November 2026), so software adapters get one row per lane.

import item from "../../../../shaders/item.wgsl?raw";
import one from "../../../../shaders/lanes_one.wgsl?raw";
import subgroup from "../../../../shaders/lanes_subgroup.wgsl?raw";
import workgroup from "../../../../shaders/lanes_workgroup.wgsl?raw";
import type { Capabilities } from "../kernel.ts";

export interface Lanes {
  /** Invocations per row. */
  readonly lanes: number;
  /** Invocations per workgroup. */
  readonly groupSize: number;
  /** Rows per workgroup. */
  readonly pack: number;
  /** Values of the constants in the included text. */
  readonly constants: { readonly LANES: number; readonly PACK: number; readonly SIZE: number };
  /** The text for the shader's `// @include lanes`. */
  readonly includes: { readonly lanes: string };
  /** 4 if a row is read as vec4s. */
  readonly width: 1 | 4;
}

/** Ways to share a row: among the lanes of a subgroup, among this many lanes of a workgroup, or not at all. */
export const LANE_KINDS = ["subgroup", "64 lanes", "256 lanes", "1 lane"] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

/** The ways suitable for rows of `length` elements, the default first. */
export function laneKinds(caps: Capabilities, length: number): readonly LaneKind[] {
  const items = itemsOf(length);
  if (caps.software || items < 8) return ["1 lane"];
  const wide: LaneKind[] = items >= 256 && caps.maxInvocations >= 256 ? ["256 lanes"] : [];
  const others: LaneKind[] = ["64 lanes", ...wide, "1 lane"];
  return caps.subgroup > 1 && items >= caps.subgroup / 2 ? ["subgroup", ...others] : others;
}

/** Lanes for rows of `length` elements; all operands can be read four elements at a time if 4 divides `length`. */
export function lanesOf(caps: Capabilities, length: number, kind = laneKinds(caps, length)[0]): Lanes {
  switch (kind) {
    case "subgroup":
      return finish(length, caps.subgroup, caps.subgroup, subgroup);
    case "64 lanes":
      return finish(length, Math.min(64, 2 ** Math.floor(Math.log2(itemsOf(length)))), 64, workgroup);
    case "256 lanes":
      return finish(length, 256, 256, workgroup);
    default:
      return oneLane(caps, length);
  }
}

function itemsOf(length: number): number {
  return length % 4 === 0 ? length / 4 : length;
}

/** One invocation per row of `length` elements, or per column (or four) of `length` columns. */
export function oneLane(caps: Capabilities, length: number): Lanes {
  // Eight on two CPU cores: enough workgroups for both cores, and enough lanes to fill a vector.
  return finish(length, 1, caps.software ? 8 : 64, one);
}

/** Number of results that keep a GPU busy with one invocation each. */
const BUSY = 16384;

/**
 * Lanes for `results` results that each read `length` scalars. Lanes share a result if its elements are adjacent in
 * memory (`side`), or if there are too few results for one invocation each.
 */
export function lanesForResults(caps: Capabilities, length: number, results: number, side: boolean): Lanes {
  return side || results < BUSY ? lanesOf(caps, length) : oneLane(caps, 1);
}

/** Lanes for rows of `length` elements, shared by the functions in `text`, a file shaders/lanes_*.wgsl. */
function finish(length: number, lanes: number, groupSize: number, text: string): Lanes {
  const width = length % 4 === 0 ? 4 : 1;
  const pack = groupSize / lanes;
  const constants = { LANES: lanes, PACK: pack, SIZE: groupSize };
  return { lanes, groupSize, pack, width, constants, includes: { lanes: text } };
}

/** Specialisation of a shader that includes `lanes` and `item`; it reads vec4s if `width` is 4. */
export function rowsBy({ constants, includes, width }: Lanes) {
  return { constants: { ...constants, FOUR: width === 4 }, includes: { ...includes, item } };
}
