import { expect, test } from "vitest";
import type { Kernel } from "../kernel.ts";
import { openTestDevice, runKernel } from "./dispatch.ts";

const double: Kernel = {
  label: "double",
  file: "testing",
  wgsl: `@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@group(0) @binding(2) var<uniform> n: array<vec4<f32>, 1>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) w: vec3<u32>) { b[w.x] = a[w.x] * n[0].x; }`,
  bindings: ["read", "write"],
  numbers: 1,
  grid: [2, 1, 1],
  flops: 2,
  bytes: 16,
};

test("runs a kernel on arrays and shows unwritten elements as NaN", async () => {
  const [a, b] = await runKernel(double, [[1, 2, 3], 3], [10]);
  expect([...a!]).toEqual([1, 2, 3]);
  expect([...b!]).toEqual([10, 20, NaN]);
});

test("a device without subgroups says so", async () => {
  const plain = await openTestDevice([]);
  expect(plain.capabilities.subgroup).toBe(0);
});
