// Compares two outcomes of the seed, number by number.

import { expect } from "vitest";
import type { Outcome } from "./run-seed.ts";

/** Largest differences allowed, relative to the largest number of the array. */
export interface Tolerances {
  readonly batch: number;
  readonly losses: number;
  readonly weights: number;
}

export function compareOutcomes(got: Outcome, expected: Outcome, tolerances: Tolerances): void {
  close("logits", got.logits, expected.logits, tolerances.batch);
  close("loss", [got.loss], [expected.loss], tolerances.batch);
  expect([...got.gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
  for (const [name, gradient] of expected.gradients)
    close(`gradient of ${name}`, got.gradients.get(name) ?? [], gradient, tolerances.batch);
  close("losses", got.losses, expected.losses, tolerances.losses);
  expect([...got.weights.keys()]).toEqual([...expected.weights.keys()]);
  for (const [name, weight] of expected.weights)
    close(`${name} after ten steps`, got.weights.get(name) ?? [], weight, tolerances.weights);
}

function close(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(got.length, what).toBe(expected.length);
  const largest = Math.max(...Array.from(expected, Math.abs));
  // An array of zeros would agree with any small numbers.
  expect(largest, what).toBeGreaterThan(1e-4);
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs((got[i] ?? NaN) - value) / largest));
  expect(worst, what).toBeLessThan(tolerance);
}
