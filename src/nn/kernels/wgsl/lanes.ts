// How many invocations share a row in kernels that reduce rows. A workgroup barrier turns SwiftShader's lanes into
// coroutines (59 ms against 0.7 ms for one RMSNorm), and sharing a row in a subgroup of four is still 1.3 to 2.8 times
// slower there than a row to each lane (November 2026), so software adapters get one.

import item from "../../../../shaders/item.wgsl?raw";
import one from "../../../../shaders/lanes_one.wgsl?raw";
import subgroup from "../../../../shaders/lanes_subgroup.wgsl?raw";
import workgroup from "../../../../shaders/lanes_workgroup.wgsl?raw";
import type { Capabilities } from "../kernel.ts";

export interface Lanes {
  /** Invocations of a row. */
  readonly lanes: number;
  /** Invocations of a workgroup. */
  readonly groupSize: number;
  /** Rows of a workgroup. */
  readonly pack: number;
  /** Constants of the included text. */
  readonly constants: { readonly LANES: number; readonly PACK: number; readonly SIZE: number };
  /** What a shader gets that includes `lanes`. */
  readonly includes: { readonly lanes: string };
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

/** One invocation per row, or per column of `length` columns. */
export function oneLane(caps: Capabilities, length: number): Lanes {
  // Eight on two CPU cores: enough workgroups for both, and lanes to fill a vector.
  return finish(length, 1, caps.software ? 8 : 64, one);
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

/** A result of `length` elements, shared as the text of one of the files shaders/lanes_*.wgsl says. */
function finish(length: number, lanes: number, groupSize: number, text: string): Lanes {
  const width = length % 4 === 0 ? 4 : 1;
  const pack = groupSize / lanes;
  const constants = { LANES: lanes, PACK: pack, SIZE: groupSize };
  return { lanes, groupSize, pack, width, constants, includes: { lanes: text } };
}

/** What a shader gets that includes `lanes` and `item`: rows read four elements at a time where they can be. */
export function rowsBy({ constants, includes, width }: Lanes) {
  return { constants: { ...constants, FOUR: width === 4 }, includes: { ...includes, item } };
}
