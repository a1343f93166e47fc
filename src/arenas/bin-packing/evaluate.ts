// Replays a candidate's packing item by item, and counts the bins.
import { LabError } from "../../error.ts";
import type { Evaluation } from "../contract/arena.ts";
import { type BinPacking, lowerBound } from "./instances.ts";

/** `output`: the number of each item's bin; bins are numbered in the order in which they are opened. */
export function evaluatePacking(instance: BinPacking, output: unknown): Evaluation {
  const { capacity, items } = instance;
  if (!Array.isArray(output) || output.length !== items.length)
    throw new LabError("invalid", {
      what: "the packing",
      got: Array.isArray(output) ? `${output.length} answers` : typeof output,
      expected: `a bin for each of ${items.length} items`,
    });
  const load: number[] = [];
  items.forEach((item, i) => {
    const bin: unknown = output[i];
    if (typeof bin !== "number" || !Number.isInteger(bin) || bin < 0 || bin > load.length)
      throw new LabError("invalid", {
        what: `item ${i + 1}`,
        got: `bin ${(JSON.stringify(bin) ?? "undefined").slice(0, 40)}`,
        expected: `a bin from 0 to ${load.length}, the next new one`,
      });
    load[bin] = (load[bin] ?? 0) + item;
    if (load[bin] > capacity)
      throw new LabError("invalid", {
        what: `item ${i + 1} in bin ${bin}`,
        got: `${load[bin]} in all`,
        expected: `at most ${capacity}`,
      });
  });
  const bound = lowerBound(instance);
  return {
    score: 100 * (load.length / bound - 1),
    metrics: { bins: load.length },
    words: `${items.length} items: ${load.length} bins, bound ${bound}`,
  };
}
