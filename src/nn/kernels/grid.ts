// Dispatch grids: a long row of workgroups must fold into two axes, because one axis holds only 65,535.

import { LabError } from "../../error.ts";
import type { Capabilities } from "./kernel.ts";

/** Invocations of a workgroup whose lanes do not communicate. */
export const GROUP_SIZE = 64;

/** A grid of at least `groups` workgroups; a shader computes its index as `group.y * groups.x + group.x`. */
export function gridOf(caps: Capabilities, groups: number): [x: number, y: number, z: number] {
  const rows = Math.max(1, Math.ceil(groups / caps.maxWorkgroups));
  if (rows > caps.maxWorkgroups)
    throw new LabError("limit", {
      what: "too many workgroups",
      got: `${groups}`,
      expected: "fewer elements",
    });
  return [Math.max(1, Math.ceil(groups / rows)), rows, 1];
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** A shape as text, for labels: `8x128x512`. */
export function times(sizes: readonly number[]): string {
  return sizes.length === 0 ? "scalar" : sizes.join("x");
}
