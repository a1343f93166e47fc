// Errors in the definition of an nn.kernel in train.ts. For its WGSL text see custom-kernel.gpu.test.ts.

import * as nn from "../api.ts";
import { p, refuses, sturdyEngine } from "../testing/bad-input.ts";

await sturdyEngine();

const FINE = "fn element(i: u32) -> f32 { return 1.0; }";
/** The result of a kernel of one input; the fields are not type-checked. */
function kernel(wgsl: string, fields: object = {}): nn.Tensor {
  const definition = { name: "k", inputs: { x: "f32" }, wgsl, ...fields };
  const made = nn.kernel(definition as nn.KernelDefinition);
  return "inputs" in fields ? made() : made(p(4));
}

refuses([
  [
    "wgsl",
    "a kernel that gives another type",
    () => kernel("fn element(i: u32) -> vec2f { return vec2f(x[i]); }"),
    /^nn\.kernel k:1: parameters or result of fn element, got fn element\(i: u32\) -> vec2f, expected fn element\(i: u32\) -> f32$/,
  ],
  [
    "wgsl",
    "a kernel of u32 that gives f32",
    () => kernel(FINE, { dtype: "u32" }),
    /got fn element\(i: u32\) -> f32, expected fn element\(i: u32\) -> u32$/,
  ],
  [
    "wgsl",
    "a kernel without its lane",
    () => kernel("\n\nfn group(g: u32) { y[g] = 1.0; }", { workgroup: 64, groups: () => 1 }),
    /^nn\.kernel k:2: .* fn group, got fn group\(g: u32\), expected fn group\(g: u32, lane: u32\)$/,
  ],
  [
    "value",
    "a kernel of nothing",
    () => kernel(FINE, { inputs: {} }),
    /needs inputs, got none, expected 1 to 7$/,
  ],
  [
    "value",
    "a kernel without a gradient",
    () => {
      kernel(FINE).sum().backward();
    },
    /^nn\.kernel k: has no gradient \(give `gradient`, or detach its inputs\)$/,
  ],
  [
    "value",
    "a kernel's gradient that gives nothing",
    () => {
      kernel(FINE, { gradient: () => undefined })
        .sum()
        .backward();
    },
    /^nn\.kernel k: the result of `gradient`, got undefined, expected an object with x$/,
  ],
]);
