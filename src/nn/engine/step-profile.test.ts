// The arithmetic of the profile, on kernels with known numbers.

import { expect, it } from "vitest";
import {
  describeProfile,
  modelFlopUtilisation,
  share,
  sumKernels,
  type StepProfile,
} from "./step-profile.ts";
import type { AdapterPeak } from "../runtime/peak.ts";

const matmul = { label: "matmul nn 8x8x8", file: "matmul_quad.wgsl", ms: 2, flops: 4e8, bytes: 1e6 };
const kernels = [
  matmul,
  { label: "rmsNorm", file: "rms_norm.wgsl", ms: 1, flops: 1e6, bytes: 2e7 },
  { ...matmul, ms: 4 },
  { label: "adamw", file: "adamw.wgsl", ms: 1, flops: 1e6, bytes: 4e7 },
];
const peak = { flopsPerSecond: 4e11, bytesPerSecond: 4e10 };
const memory = {
  peak: 7 * 2 ** 20,
  limit: 2 ** 30,
  parameters: 2 ** 20,
  state: 2 ** 21,
  kept: 2 ** 20,
  activations: 3 * 2 ** 20,
};
const profile: StepProfile = { kernels, modelFlops: 8e8, memory, peak, stepMs: 10 };
const unknown: AdapterPeak = { flopsPerSecond: null, bytesPerSecond: null };

it("sums the dispatches of a label, the dearest first", () => {
  const [first, ...rest] = sumKernels(kernels);
  expect(first).toEqual({ label: matmul.label, ms: 6, count: 2, flops: 8e8, bytes: 2e6 });
  expect(rest.map(({ label }) => label)).toEqual(["rmsNorm", "adamw"]);
});

it("says which limit binds and how near it is", () => {
  expect(share(matmul, peak)).toEqual({ of: 0.5, bound: "arithmetic" });
  expect(share({ ms: 1, flops: 1e6, bytes: 2e7 }, peak)).toEqual({ of: 0.5, bound: "memory" });
  expect(share(matmul, unknown)).toBeNull();
  expect(share({ ...matmul, ms: 0 }, peak)).toBeNull();
});

it("holds the model's arithmetic against the clock, or the kernels where there is no clock", () => {
  expect(modelFlopUtilisation(profile)).toBeCloseTo(0.2, 12);
  expect(modelFlopUtilisation({ ...profile, stepMs: undefined })).toBeCloseTo(0.25, 12);
  expect(modelFlopUtilisation({ ...profile, peak: unknown })).toBeNull();
});

it("is a text of at most the given number of rows", () => {
  const text = describeProfile(profile, 1);
  expect(text).toContain("8.0 ms in 4 dispatches, 10.0 ms by the clock; the model asks for 0.80 GFLOP");
  expect(text).toContain("Model FLOP utilisation: 20 % of 400 GFLOP/s; memory limit 40 GB/s");
  expect(text).toContain("By kind: matmul 75 %, norms 13 %, adamw 13 %.");
  expect(text).toMatch(/matmul nn 8x8x8 +6\.00 +75\.0 +2 +133\.3 +0\.3 +33 % a/);
  expect(text).toMatch(/2 others +2\.00 +25\.0 +2 +1\.0 +30\.0 +75 % m/);
  expect(text).not.toContain("rmsNorm");
  expect(text).toContain("parameters 1.0, optimizer and other state 2.0, gradients and tables 1.0");
});

it("does not guess a limit", () => {
  const text = describeProfile({ ...profile, peak: unknown });
  expect(text).toContain("Model FLOP utilisation: unknown of an unknown peak");
  expect(text).toMatch(/adamw .*\?$/m);
});
