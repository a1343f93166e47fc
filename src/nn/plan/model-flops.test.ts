// The model FLOPs of a recorded step, against a calculation from its shapes.

import { expect, it } from "vitest";
import * as nn from "../api.ts";
import { modelFlops } from "./model-flops.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "../engine/session.ts";

const [B, T, C, H, V] = [2, 8, 12, 3, 10];

function record(step: () => void): number {
  const lab = new Session(new ReferenceBackend(), 3);
  lab.activate();
  step();
  return modelFlops(lab.recorder.tape.nodes);
}

it("is three times products and unmasked attention, and nothing of the optimizer", () => {
  const flops = record(() => {
    const table = nn.parameter([V, C], nn.normal(0.1));
    const weight = nn.parameter([C, C], nn.normal(0.1));
    const x = nn.embedding(table, nn.tensor(new Uint32Array(B * T), [B, T]));
    const heads = x.matmul(weight).view(B, T, H, C / H);
    const y = nn.attention(heads, heads, heads, { window: 3 }).view(B, T, C);
    nn.crossEntropy(
      y.matmul(table, { transposeB: true }),
      nn.tensor(new Uint32Array(B * T), [B, T]),
    ).backward();
    new nn.Muon([weight], { lr: 0.1 }).step();
    new nn.AdamW([table], { lr: 0.1 }).step();
  });
  const seen = 1 + 2 + 3 * (T - 2);
  expect(flops).toBe(3 * (2 * B * T * C * C + 2 * B * T * C * V + 4 * B * H * seen * (C / H)));
});

it("counts nothing that no parameter takes part in", () => {
  expect(record(() => nn.random([4, 4]).matmul(nn.random([4, 4])))).toBe(0);
});
