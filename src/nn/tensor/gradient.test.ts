// Compares every gradient with central finite differences, in float64 on the reference.

import { expect, it } from "vitest";
import * as nn from "../api.ts";
import type { Persistent } from "../graph/leaf.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "../engine/session.ts";
import { operationCases, weightedSum } from "../testing/cases/index.ts";

const STEP = 1e-5;

it.each(operationCases)("$name", ({ shapes, f, init }) => {
  const lab = new Session(new ReferenceBackend(), 3);
  lab.activate();
  const params = shapes.map((shape) => nn.parameter(shape, init));
  const loss = () => weightedSum(f(...params));
  loss().backward();
  const grads = lab.backend.compute(params.flatMap((p) => p.grad?.value ?? []));
  expect(grads.length).toBe(params.length);
  const value = () => lab.backend.compute([loss().value])[0]?.[0] ?? NaN;
  params.forEach((p, k) => {
    const stored = lab.backend.stored(p.leaf as Persistent);
    for (let i = 0; i < stored.length; i++) {
      const x = stored[i]!;
      stored[i] = x + STEP;
      const up = value();
      stored[i] = x - STEP;
      const down = value();
      stored[i] = x;
      const numeric = (up - down) / (2 * STEP);
      const error = Math.abs(grads[k]![i]! - numeric);
      expect(error, `parameter ${k}[${i}]: ${grads[k]![i]!} against ${numeric}`).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(numeric)),
      );
    }
  });
});
