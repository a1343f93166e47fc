// The text of a kernel with f16 bindings: which parts are rewritten, and which are not.
import { describe, expect, it } from "vitest";
import { canHalve, halve } from "./f16-storage.ts";
import type { Kernel } from "../kernel.ts";

const kernel = (wgsl: string, file = "shaders/test.wgsl"): Kernel => ({
  label: "test",
  file,
  wgsl,
  bindings: ["read", "read", "write"],
  numbers: 0,
  grid: [1, 1, 1],
  flops: 0,
  bytes: 0,
});
const HEAD = `@group(0) @binding(0) var<storage, read> X: array<f32>;
@group(0) @binding(1) var<storage, read> at: array<u32>;
@group(0) @binding(2) var<storage, read_write> Y: array<vec4f>;`;
const body = (code: string, halves: [number, number, number][]) =>
  halve(
    kernel(`${HEAD}\n${code}`),
    new Map(halves.map(([i, load, store]) => [i, { load, store }])),
  ).wgsl.split("\n");

describe("a kernel over halves", () => {
  it("changes the element type of the bindings asked for, and of no other", () => {
    const lines = body("fn main() {}", [[2, 0, 0]]);
    expect(lines[0]).toMatch(/^enable f16; fn to_vec4h\(.*array<f32>;$/);
    expect(lines[2]).toContain("Y: array<vec4h>;");
    expect(lines).toHaveLength(4);
  });

  it("widens every load to f32, also inside an index", () => {
    expect(body("let a = X[i] + X[at[u32(X[0])]];", [[0, 0, 0]]).at(-1)).toBe(
      "let a = f32(X[i]) + f32(X[at[u32(f32(X[0]))]]);",
    );
  });

  it("rounds every store to f16, and nothing else in the statement", () => {
    expect(body("if (i < N) { Y[i] = vec4f(X[i]) == z; } else { Y[0] += z; }", [[2, 0, 0]]).at(-1)).toBe(
      "if (i < N) { Y[i] = to_vec4h(vec4f(X[i]) == z); } else { Y[0] = to_vec4h(vec4f(Y[0]) + (z)); }",
    );
    expect(body("let same = Y[0] == Y[1];", [[2, 0, 0]]).at(-1)).toBe(
      "let same = vec4f(Y[0]) == vec4f(Y[1]);",
    );
  });

  it("scales on the way in and out", () => {
    expect(body("Y[i] = 2.0 * Y[i];", [[2, 0, 12]]).at(-1)).toBe(
      "Y[i] = to_vec4h(((2.0 * vec4f(Y[i])) * 4096f));",
    );
    expect(body("let a = X[i];", [[0, 12, 12]]).at(-1)).toBe("let a = ((f32(X[i])) * 0.000244140625f);");
  });

  it("keeps other extensions in front, and the map of lines true", () => {
    const wgsl = `enable subgroups;\n${HEAD}\nlet a = X[0];\n//@lines 1+5`;
    const lines = halve(kernel(wgsl), new Map([[0, { load: 0, store: 0 }]])).wgsl.split("\n");
    expect(lines[0]).toMatch(/^enable f16; enable subgroups;fn to_f16/);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe("//@lines 1+5");
  });

  it("does not halve an array whose uses it cannot rewrite", () => {
    expect([0, 1, 2].map((i) => canHalve(kernel(HEAD), i))).toEqual([true, false, true]);
    expect(canHalve(kernel(`${HEAD}\nload(&X);`), 0)).toBe(false);
    expect(canHalve(kernel(`${HEAD}\nlet n = arrayLength(&X);`), 0)).toBe(true);
    expect(canHalve(kernel(`${HEAD}\nvar X: array<f32, 4>;`), 0)).toBe(false);
    expect(canHalve(kernel(HEAD, "nn.kernel cube"), 0)).toBe(false);
    const one = kernel(HEAD);
    expect(halve(one, new Map())).toBe(one);
  });
});
