// A plan must fail if the offset of a tensor is unknown: a guessed offset would be another tensor's memory.

import { expect, it } from "vitest";
import * as nn from "../../api.ts";
import { Session } from "../../engine/session.ts";
import type { Persistent } from "../../graph/leaf.ts";
import { rowLimits } from "../analyse/row-chunks.ts";
import { draft } from "../emit/planner.ts";
import { MIN_CAPABILITIES, Planning } from "../testing/planned.ts";

/** Plans x times two adjacent weights, after `spoil` has changed the second. */
function planProducts(spoil: (weight: Persistent) => void): string[] {
  let labels: string[] = [];
  const session = new Session(
    new Planning((work) => {
      labels = draft(work, MIN_CAPABILITIES, rowLimits(MIN_CAPABILITIES)).dispatches.map(
        ({ kernel }) => kernel.label,
      );
    }),
  );
  session.activate();
  const weights = [0, 1].map(() => nn.parameter([64, 64], nn.ones));
  const leaves = weights.flatMap(({ leaf }) => (leaf?.kind === "persistent" ? [leaf] : []));
  session.recorder.persistents.group(leaves);
  spoil(leaves[1]);
  const x = nn.parameter([8, 64], nn.ones);
  for (const weight of weights) void session.readLater(x.matmul(weight));
  session.flush();
  return labels;
}

it("batches products of neighbours", () => {
  expect(planProducts(() => undefined)).toEqual(["matmul nn 2x8x64x64"]);
});

it("refuses a weight whose place in its group is not known", () => {
  expect(() => planProducts((weight) => (weight.slot = 7))).toThrow(/group \d+ of 2 tensors has no slot 7/);
});
