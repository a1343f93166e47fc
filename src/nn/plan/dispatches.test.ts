// Number of dispatches of a step, counted on plans that never run, so no GPU is needed.

import { expect, it } from "vitest";
import * as nn from "../api.ts";
import { Session } from "../engine/session.ts";
import { TinyGpt } from "../testing/model.ts";
import { draft } from "./emit/planner.ts";
import { rowLimits } from "./analyse/row-chunks.ts";
import { MIN_CAPABILITIES, Planning } from "./testing/planned.ts";

const caps = { ...MIN_CAPABILITIES, subgroup: 4 };

type Optimizer = "adamW" | "muon";

/** Labels of the dispatches of one step of a GPT, width 128, as in bench/step/step-model.ts. */
function step(layers: number, optimizer: Optimizer): string[] {
  let labels: string[] = [];
  const planning = new Planning((work) => {
    labels = draft(work, caps, rowLimits(caps)).dispatches.map(({ kernel }) => kernel.label);
  });
  const session = new Session(planning);
  session.activate();
  const model = new TinyGpt({ vocab: 1024, width: 128, layers, heads: 4, tied: true, gains: true });
  const all = nn.parameters(model);
  const matrices = all.filter((p) => p.shape.length === 2 && p !== model.table);
  const optimizers =
    optimizer === "adamW"
      ? [new nn.AdamW(all)]
      : [new nn.Muon(matrices), new nn.AdamW(all.filter((p) => !matrices.includes(p)))];
  const [x, y] = [session.input([8, 128], "u32"), session.input([8, 128], "u32")];
  nn.crossEntropy(model.forward(x), y).backward();
  if (optimizer === "adamW") nn.clipGradNorm(all, 1);
  for (const each of optimizers) each.step();
  session.flush();
  return labels;
}

const weights = (labels: readonly string[]) => labels.filter((label) => label.startsWith("matmul tn"));

it("sums the gradients of queries, keys and values in one product a layer", () => {
  const labels = step(2, "adamW");
  expect(labels.filter((label) => label === "matmul nt 1024x128x384")).toHaveLength(2);
});

it.each<Optimizer>(["adamW", "muon"])("takes the gradients of one weight of all layers at once: %s", (o) => {
  const gradients = weights(step(3, o)).filter((label) => label.endsWith("x1024"));
  expect(gradients.sort()).toEqual([
    "matmul tn 1024x128x1024",
    "matmul tn 3x128x128x1024",
    "matmul tn 3x128x512x1024",
    "matmul tn 3x512x128x1024",
    "matmul tn 9x128x128x1024",
  ]);
});

it("takes fewer than 90 dispatches for a step of four layers, one of them for the gradients of all gains", () => {
  const labels = step(4, "adamW");
  expect(labels.length).toBeLessThan(90);
  expect(labels.filter((label) => label.endsWith(" 918656"))).toEqual(["adamw scaled 918656"]);
  expect(labels.filter((label) => label.startsWith("rms_norm_grad"))).toHaveLength(9);
  expect(labels.slice(-3)).toEqual(["reduce sum 1x918656x1", "reduce sum 1x64x1", "adamw scaled 918656"]);
  expect(labels.filter((label) => label === "reduce sum 9x128x128")).toHaveLength(1);
  expect(step(4, "muon").filter((label) => label === "reduce sum 9x128x128")).toHaveLength(1);
});
