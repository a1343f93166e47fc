import { describe, expect, it } from "vitest";
import { sourceLine } from "./line-map.ts";
import { specialise } from "./specialise.ts";

const code = (wgsl: string) => wgsl.replace(/\n\/\/@lines.*$/, "");

describe("specialise", () => {
  it("replaces constants in the type of their default", () => {
    const text = "const N = 4u;\nconst SCALE: f32 = 1.0;\nconst ON = false;\nconst HALF = N / 2u;";
    const result = specialise("x.wgsl", text, { constants: { N: 8, SCALE: 3, ON: true } });
    expect(code(result)).toBe(
      "const N = 8u;\nconst SCALE:f32 = 3.0;\nconst ON = true;\nconst HALF = N / 2u;",
    );
  });

  it("unrolls marked loops and turns arrays into variables", () => {
    const text = [
      "const R = 2u;",
      "fn f() {",
      "  var s: array<f32, R * 2u>; // @registers",
      "  // @unroll",
      "  for (var r = 0u; r < R; r++) {",
      "    // @unroll",
      "    for (var c = 0u; c < 2u; c++) {",
      "      s[r * 2u + c] = A[r + c]; // why",
      "    }",
      "  }",
      "}",
    ].join("\n");
    const result = specialise("x.wgsl", text, {});
    expect(code(result).split("\n")).toEqual([
      "const R = 2u;",
      "fn f() {",
      "var s_0: f32; var s_1: f32; var s_2: f32; var s_3: f32;",
      "s_0 = A[0u + 0u]; s_1 = A[0u + 1u]; s_2 = A[1u + 0u]; s_3 = A[1u + 1u];",
      "}",
    ]);
  });

  it("keeps the taken branch of a constant if", () => {
    const text =
      "const A = 3u;\nfn f() {\nif (A == 2u) {\nx();\n} else if (A == 3u) {\ny();\n} else {\nz();\n}\nw();\n}";
    const lines = (a: number) =>
      code(specialise("x.wgsl", text, { constants: { A: a } }))
        .split("\n")
        .slice(2);
    expect(lines(2)).toEqual(["x();", "w();", "}"]);
    expect(lines(3)).toEqual(["y();", "w();", "}"]);
    expect(lines(4)).toEqual(["z();", "w();", "}"]);
  });

  it("replaces regions and maps every line back", () => {
    const text = "// head\nconst A = 1u;\n// @region body\nfn g() {}\n// @end\n\nfn f() {\n  a();\n}";
    const result = specialise("x.wgsl", text, { regions: { body: "fn g() {\nb();\n}" } });
    const lines = code(result).split("\n");
    expect(lines).toEqual(["const A = 1u;", "fn g() {", "b();", "}", "fn f() {", "a();", "}"]);
    expect(lines.map((_, i) => sourceLine(result, i + 1))).toEqual([2, 3, 3, 3, 7, 8, 9]);
    expect(sourceLine(result, 99)).toBeNull();
  });

  it("keeps lines whose condition holds, and numbers the bindings that are left", () => {
    const text = [
      "enable subgroups; // @if WIDE",
      "const WIDE = true;",
      "const N = 4u; // @if WIDE",
      "const N = 1u; // @if !WIDE",
      "@group(0) @binding(0) var<storage, read> a: array<f32>; // @if WIDE && N > 2u",
      "@group(0) @binding(1) var<storage, read> b: array<f32>;",
    ].join("\n");
    const lines = (WIDE: boolean) => code(specialise("x.wgsl", text, { constants: { WIDE } })).split("\n");
    expect(lines(true)).toEqual([
      "enable subgroups;",
      "const WIDE = true;",
      "const N = 4u;",
      "@group(0) @binding(0) var<storage, read> a: array<f32>;",
      "@group(0) @binding(1) var<storage, read> b: array<f32>;",
    ]);
    expect(lines(false)).toEqual([
      "const WIDE = false;",
      "const N = 1u;",
      "@group(0) @binding(0) var<storage, read> b: array<f32>;",
    ]);
  });

  it("includes texts, puts generated code where a line stands for it, and writes lists", () => {
    const text = "// @include lanes\nconst P = array<u32, N>(1u);\nlet x = 0.0; // @generated value\nf(x);";
    const lanes = "const N = 1u; // lanes";
    expect(code(specialise("x.wgsl", text, { includes: { lanes } }))).toBe(
      "const N = 1u;\nconst P = array<u32, N>(1u);\nlet x = 0.0;\nf(x);",
    );
    const made = specialise("x.wgsl", text, {
      includes: { lanes },
      constants: { N: 2, P: [4, 8] },
      regions: { value: "let e = 1.0;\nlet x = e;" },
    });
    expect(code(made)).toBe(
      "const N = 2u;\nconst P = array<u32, N>(4u, 8u);\nlet e = 1.0;\nlet x = e;\nf(x);",
    );
    expect([1, 2, 3, 4, 5].map((line) => sourceLine(made, line))).toEqual([1, 2, 3, 3, 4]);
  });

  it("refuses unknown includes, conditions, constants, regions and register arrays", () => {
    expect(() => specialise("x.wgsl", "// @include lanes", {})).toThrow("x.wgsl includes lanes");
    expect(() => specialise("x.wgsl", "f(); // @if N > 1u", {})).toThrow("x.wgsl:1: N > 1u is not known");
    expect(() => specialise("x.wgsl", "const A = 1u;", { constants: { B: 1 } })).toThrow(
      "x.wgsl has no constant B",
    );
    expect(() => specialise("x.wgsl", "", { regions: { r: "" } })).toThrow("x.wgsl has no region r");
    const text = "fn f() {\nvar a: array<f32, 2>; // @registers\nx = a[n];\n}";
    expect(() => specialise("x.wgsl", text, {})).toThrow("x.wgsl:3");
  });

  it("reads sizes when the kernel runs, in every function that uses them", () => {
    const text = `const M = 8u;
const HALF = M / 2u;
const ROWS = 4u;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
fn at(row: u32) -> u32 {
return row * HALF;
}
fn one() -> u32 {
return 1u;
}
@compute @workgroup_size(1)
fn main(
@builtin(workgroup_id) group: vec3u,
) {
for (var i = 0u; i < M; i += ROWS) {
y[at(i)] = 0.0;
}
}`;
    const sizes = { names: ["M"], numbers: 5, binding: 1 };
    const wgsl = code(specialise("x.wgsl", text, { sizes }));
    expect(wgsl.split("\n")).toEqual([
      "const ROWS = 4u;",
      "@group(0) @binding(0) var<storage, read_write> y: array<f32>;",
      "fn at(row: u32) -> u32 {",
      "let M = u32(numbers[1].y);",
      "let HALF = M / 2u;",
      "return row * HALF;",
      "}",
      "fn one() -> u32 {",
      "return 1u;",
      "}",
      "@group(0) @binding(1) var<uniform> numbers: array<vec4f, 2>;",
      "@compute @workgroup_size(1)",
      "fn main(",
      "@builtin(workgroup_id) group: vec3u,",
      ") {",
      "let M = u32(numbers[1].y);",
      "for (var i = 0u; i < M; i += ROWS) {",
      "y[at(i)] = 0.0;",
      "}",
      "}",
    ]);
  });
});
