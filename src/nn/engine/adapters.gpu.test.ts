// Plans for adapters that are not available here, with every variant that a tuner could choose; each text is validated
// as WGSL. Results are tested on the available adapters: 4 lanes on SwiftShader, 8 on lavapipe, no subgroups on both.

import { describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import type { Backend, Work } from "../graph/backend.ts";
import type { Capabilities, Kernel } from "../kernels/kernel.ts";
import { openTestDevice } from "../kernels/testing/dispatch.ts";
import type { HostArray } from "../graph/leaf.ts";
import { draft } from "../plan/emit/planner.ts";
import { rowLimits } from "../plan/analyse/row-chunks.ts";
import { numel } from "../values/shape.ts";
import { Session } from "./session.ts";
import { operationCases, weightedSum } from "../testing/cases/index.ts";
import { TinyGpt } from "../testing/model.ts";

const { device, capabilities } = await openTestDevice();

/** Only plans: computes nothing. */
class Drafting implements Backend {
  readonly kernels: Kernel[] = [];
  readonly #caps: Capabilities;
  constructor(caps: Capabilities) {
    this.#caps = caps;
  }
  execute(work: Work): Promise<HostArray[]> {
    this.kernels.push(
      ...draft(work, this.#caps, rowLimits(this.#caps)).dispatches.map(({ kernel }) => kernel),
    );
    return Promise.resolve(work.wanted.map(({ shape }) => new Float32Array(numel(shape))));
  }
  prepare(): Promise<void> {
    return Promise.resolve();
  }
  forget(): void {
    // nothing is kept
  }
}

function everyOperation(session: Session): void {
  for (const { shapes, f, init } of operationCases) {
    const params = shapes.map((shape) => nn.parameter(shape, init));
    const y = f(...params);
    weightedSum(y).backward();
    for (const tensor of [y, ...params.flatMap((p) => p.grad ?? [])]) void session.readLater(tensor);
    session.flush();
    session.reset();
  }
}

/** One model whose shapes fill the tiles, and one whose head width is not a multiple of four. */
function everyUpdate(session: Session): void {
  for (const width of [64, 40]) {
    const model = new TinyGpt({ vocab: 97, width, layers: 2, heads: 4, gains: true });
    const matrices = nn.parameters(model.blocks).filter(({ shape }) => shape.length === 2);
    const others = nn.parameters(model).filter((p) => !matrices.includes(p));
    const optimizers = [new nn.Muon(matrices), new nn.AdamW(others)];
    const tokens = nn.tensor(new Uint32Array(4 * 64), [4, 64]);
    const loss = nn.crossEntropy(model.forward(tokens), tokens);
    loss.backward();
    nn.clipGradNorm(nn.parameters(model), 1);
    for (const optimizer of optimizers) optimizer.step();
    void session.readLater(loss);
    session.flush();
    session.reset();
  }
}

async function faults(kernels: readonly Kernel[]): Promise<string[]> {
  const all = kernels.flatMap((kernel) => [
    kernel,
    ...(kernel.choice?.candidates.map(({ make }) => make()) ?? []),
  ]);
  const different = new Map(all.map((kernel) => [kernel.wgsl, kernel]));
  const found: string[] = [];
  for (const { wgsl, label } of different.values()) {
    device.pushErrorScope("validation");
    const { messages } = await device.createShaderModule({ code: wgsl }).getCompilationInfo();
    await device.popErrorScope();
    const fault = messages.find(({ type }) => type === "error");
    if (fault) found.push(`${label}: ${fault.message}`);
  }
  return found;
}

// NVIDIA and Apple (32), AMD (64), Intel with a fixed size (16), adapters that pick a size for each pipeline (0).
describe.each([32, 64, 16, 0])("a real GPU with subgroups of %i lanes", (subgroup) => {
  const caps = { ...capabilities, software: false, subgroup };
  const has = subgroup === 0 || device.features.has("subgroups");
  it.runIf(has).each([
    ["every operation and gradient", everyOperation],
    ["a training step", everyUpdate],
  ])(
    "gets valid WGSL for %s",
    async (_, record) => {
      const backend = new Drafting(caps);
      const session = new Session(backend);
      session.activate();
      record(session);
      expect(backend.kernels.length).toBeGreaterThan(50);
      expect(await faults(backend.kernels)).toEqual([]);
    },
    120_000,
  );
});
