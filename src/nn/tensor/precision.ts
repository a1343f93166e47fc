// The setting for mixed precision.

import { LabError } from "../../error.ts";
import type { Precision } from "../graph/backend.ts";
import { recorder } from "./current-recorder.ts";
import { showValue } from "../values/show-value.ts";

export type { Precision };

/**
 * Sets how later steps store activations and their gradients: "f32" (the default), or "mixed": in f16 where that is
 * known to do no harm. Nothing else changes: every kernel computes and sums in f32, and parameters, their gradients,
 * optimizer state, losses and statistics are f32. Gradients are stored scaled, so small ones keep their digits. Numbers
 * too large for f16 become the largest one, 65504 (16 for a gradient), not infinite. Large models save up to half of
 * their memory and traffic. On an adapter without f16 "mixed" is "f32": the same training, at least as exact.
 * Scoring is always f32.
 */
export function precision(mode: Precision): void {
  const given: unknown = mode;
  if (given !== "f32" && given !== "mixed")
    throw new LabError("value", {
      what: "nn.precision",
      got: showValue(given),
      expected: '"f32" or "mixed"',
    });
  recorder().precision = given;
}
