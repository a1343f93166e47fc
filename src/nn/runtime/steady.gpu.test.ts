// A repeated step creates nothing on the device but its command buffers.

import { afterEach, expect, it, vi } from "vitest";
import * as nn from "../api.ts";
import { Engine } from "../engine/engine.ts";
import { testGpu } from "../kernels/testing/dispatch.ts";
import { TinyGpt } from "../testing/model.ts";
import { openDevice, WANTED_FEATURES } from "./device.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("a steady step creates no buffer, bind group, pipeline, layout or module", async () => {
  const { device } = await openDevice(await testGpu(), WANTED_FEATURES);
  const engine = await Engine.create({ device });
  try {
    const model = new TinyGpt({ vocab: 7, width: 16, layers: 2, heads: 2 });
    const optimizers = [new nn.Muon(nn.parameters(model.blocks)), new nn.AdamW([model.table])];
    const [x, y] = [engine.input([2, 5], "u32"), engine.input([2, 5], "u32")];
    const step = async (i: number) => {
      x.set(Uint32Array.from({ length: 10 }, (_, k) => (k + i) % 7));
      y.set(Uint32Array.from({ length: 10 }, (_, k) => (k + i + 1) % 7));
      const loss = nn.crossEntropy(model.forward(x), y);
      loss.backward();
      for (const optimizer of optimizers) optimizer.step(1 - i / 20);
      const read = engine.readLater(loss);
      await engine.prepare();
      await read;
    };
    const created: string[] = [];
    const names = [
      "createBuffer",
      "createBindGroup",
      "createBindGroupLayout",
      "createPipelineLayout",
      "createShaderModule",
      "createComputePipeline",
      "createComputePipelineAsync",
      "createQuerySet",
    ] as const;
    for (const name of names) {
      const make = (device[name] as (...args: unknown[]) => unknown).bind(device);
      vi.spyOn(device, name as "createBuffer").mockImplementation((...args) => {
        created.push(name);
        return make(...args) as GPUBuffer;
      });
    }
    for (let i = 0; i < 3; i++) await step(i);
    // The spies work: they record the objects that the first steps create.
    expect(new Set(created)).toContain("createBindGroup");
    expect(new Set(created)).toContain("createBuffer");
    created.length = 0;
    for (let i = 3; i < 12; i++) await step(i);
    expect(created).toEqual([]);
  } finally {
    engine.close();
  }
}, 60_000);
