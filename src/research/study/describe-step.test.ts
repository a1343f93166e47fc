import { expect, it } from "vitest";
import { describeStep } from "./describe-step.ts";

const step = {
  kernels: [
    { label: "matmul nn 8x8x8", file: "matmul_quad.wgsl", ms: 6, count: 3, flops: 12e8, bytes: 3e6 },
    { label: "adamw", file: "adamw.wgsl", ms: 2, count: 1, flops: 1e6, bytes: 4e7 },
  ],
  modelFlops: 8e8,
  memory: {
    parameters: 2 ** 20,
    state: 2 ** 21,
    kept: 2 ** 20,
    activations: 2 ** 20,
    peak: 2 ** 23,
    limit: 2 ** 30,
  },
};

it("tells time per kernel, utilisation by the run's own clock, and memory with its limit", () => {
  const words = describeStep({ step, steps: 100, seconds: 1 }, 4e11) ?? "";
  expect(words).toContain("8.0 ms in 4 dispatches, 10.0 ms by the clock");
  expect(words).toContain("Model FLOP utilisation: 20 % of 400 GFLOP/s");
  expect(words).toMatch(/matmul nn 8x8x8 +6\.00 +75\.0 +3 /);
  expect(words).toContain("peak of a step 8.0 of 1024.0 MiB");
});

it("is empty where nothing was measured, and caps implausible counts", () => {
  expect(describeStep({ steps: 1, seconds: 1 }, 4e11)).toBeNull();
  const [kernel] = step.kernels;
  const lying = { ...step, kernels: [{ ...kernel, count: 2 ** 52 }] };
  expect(describeStep({ step: lying, steps: 0, seconds: 0 }, null)).toContain("in 10000 dispatches");
});
