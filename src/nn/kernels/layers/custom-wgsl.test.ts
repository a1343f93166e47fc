// Texts of nn.kernel: which ones are refused, and where the loop counters are inserted.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LabError } from "../../../error.ts";
import { guardWgsl } from "./custom-wgsl.ts";

const element = (body: string) => `fn element(i: u32) -> f32 { ${body} }`;

describe("refused", () => {
  const cases: [string, string, RegExp][] = [
    [
      "a binding",
      `@group(0) @binding(9) var<storage> z: array<f32>;\n${element("return z[i];")}`,
      /k:1: attributes/,
    ],
    [
      "an entry point",
      `@compute @workgroup_size(1) fn go() {}\n${element("return 0.0;")}`,
      /k:1: attributes/,
    ],
    [
      "storage without attributes",
      `var<storage, read_write> z: array<f32>;\n${element("return 0.0;")}`,
      /`storage`/,
    ],
    ["override", `\n\noverride N = 4;\n${element("return 0.0;")}`, /k:2: `override`/],
    ["a feature", `enable f16;\n${element("return 0.0;")}`, /`enable`/],
    [
      "a required feature",
      `requires packed_4x8_integer_dot_product;\n${element("return 0.0;")}`,
      /`requires`/,
    ],
    [
      "a changed diagnostic",
      `diagnostic(off, derivative_uniformity);\n${element("return 0.0;")}`,
      /`diagnostic`/,
    ],
    ["the engine's names", element("nn_steps = 0u; return 0.0;"), /names that start with nn_/],
    ["its own main", `fn main() {}\n${element("return 0.0;")}`, /`main`/],
    ["no function", "const a = 1;", /no `fn element`.*fn element\(i: u32\) -> f32/],
    ["recursion", `fn a() { b(); }\nfn b() { a(); }\n${element("a(); return 0.0;")}`, /calls itself/],
    ["a comment without an end", `${element("return 0.0;")} /* and so on`, /without an end/],
    ["a comment that seems to end", `/* /* */ ${element("return 0.0;")}`, /without an end/],
    [
      "a line the eye does not see",
      `// harmless \u2028 @group(1)\n${element("return 0.0;")}`,
      /k:2: attributes/,
    ],
    ["another one", `// harmless \v override N = 1;\n${element("return 0.0;")}`, /k:2: `override`/],
    ["letters that are none", element("let π = 3.0; return π;"), /unexpected character/],
    ["braces that do not match", "fn element(i: u32) -> f32 { return 0.0; ", /not closed/],
    ["brackets that do not match", element("return (0.0];"), /without/],
    ["a barrier in fn element", element("workgroupBarrier(); return 0.0;"), /barrier/],
    ["a text too long", element(" ".repeat(20_000)), /too long.*at most 16384/],
    ["nesting", element(`return ${"(".repeat(80)}0.0${")".repeat(80)};`), /too deeply/],
  ];
  it.each(cases)("%s", (_, text, message) => {
    expect(() => guardWgsl("k", text, "element")).toThrow(message);
  });

  it("nested calls that double the code are counted as inlined", () => {
    const doubling = Array.from({ length: 40 }, (_, n) => `fn f${n + 1}() { f${n}(); f${n}(); }`);
    expect(() =>
      guardWgsl("k", `fn f0() {}\n${doubling.join("\n")}\n${element("f40(); return 0.0;")}`, "element"),
    ).toThrow(/too much code/);
  });
  it("a barrier in a function that fn group calls", () => {
    const text = "fn wait() { workgroupBarrier(); }\nfn group(g: u32, lane: u32) { wait(); }";
    expect(() => guardWgsl("k", text, "group")).toThrow(/outside fn group/);
  });
  it("throws only LabError for any text", () => {
    const words = fc.constantFrom(
      ..."fn element group ( ) { } [ ] ; loop while for /* */ // \n @ a 1.5e-3 -> workgroupBarrier \r \u0085 < >".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (list) => {
        try {
          guardWgsl("k", list.join(" "), "element");
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("loops", () => {
  it("all get a counter, lines stay, comments go", () => {
    const text = `
// adds
fn element(i: u32) -> f32 {
  var s = 0.0; /* a { that
  is none */
  for (var j = 0u; j < 4u; j++) { s += 1.0; }
  while s < 9.0 { s += 1.0; }
  loop { if (s > 20.0) { break; } s += 1.0; continuing { s += 1.0; } }
  return s; // while
}`;
    const { code, lines, loops } = guardWgsl("k", text, "element");
    expect(loops).toBe(true);
    expect(code.split("if (nn_spent()) { break; }").length - 1).toBe(3);
    expect(code).not.toMatch(/adds|none/);
    expect(lines).toBe(text.split("\n").length - 1);
    expect(code.split("\n")[5]).toContain("while s < 9.0 { if (nn_spent()) { break; } s += 1.0; }");
  });
  it("around barriers are counted together for the workgroup", () => {
    const text = `fn group(g: u32, lane: u32) {
      for (var s = 32u; s > 0u; s /= 2u) { workgroupBarrier(); for (var j = 0u; j < 2u; j++) { y[g] = 1.0; } }
    }`;
    const { code } = guardWgsl("k", text, "group");
    expect(code).toMatch(/var nn_rounds = 0u;/);
    expect(code.split("nn_rounds >=").length - 1).toBe(1);
    expect(code.split("nn_spent()").length - 1).toBe(1);
  });
});
