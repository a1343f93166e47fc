// Mixed precision as train.ts asks for it.

import { LabError } from "../../error.ts";
import type { Precision } from "../graph/backend.ts";
import { recorder } from "./current-recorder.ts";
import { showValue } from "../values/show-value.ts";

export type { Precision };

/**
 * How the steps from here on store activations and their gradients: "f32" (the default), or "mixed", in f16 where that
 * is known to do no harm. Nothing else changes: every kernel computes and sums in f32, and parameters, their gradients,
 * optimizer state, losses and statistics are f32. A gradient keeps its small values (it is stored scaled, and read
 * unscaled), and a number too large for f16 becomes the largest one, 65504 (16 for a gradient), not infinite. Large models save up
 * to half of their memory and traffic. On an adapter without f16 "mixed" is "f32": the same training, as exact or more.
 * Scoring is f32 always.
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
