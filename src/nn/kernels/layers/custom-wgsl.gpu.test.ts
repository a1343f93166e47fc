// Every loop of a researcher's kernel ends, for any text.

import { describe, expect, it } from "vitest";
import * as nn from "../../api.ts";
import { testEngine, valuesOf } from "../../testing/engine.ts";

const engine = await testEngine();
const run = (...tensors: nn.Tensor[]) => valuesOf(engine, ...tensors);

describe("loops without an end", () => {
  const x = () => nn.full([70], 1);
  const endless: [string, string][] = [
    ["loop", "loop { s += x[i]; }"],
    ["while", "while true { s += x[i]; }"],
    ["for", "for (;;) { s += x[i]; }"],
    ["a loop in a loop", "for (;;) { for (;;) { s += x[i]; } }"],
    ["continue", "loop { s += x[i]; if (s > 0.0) { continue; } }"],
    ["a continuing part", "loop { continuing { loop { s += x[i]; } } }"],
  ];
  it.each(endless)("%s ends, and gives NaN", async (_, loop) => {
    const f = nn.kernel({
      name: "endless",
      inputs: { x: "f32" },
      loops: 1000,
      wgsl: `fn element(i: u32) -> f32 { var s = 0.0; if (i == 3u) { ${loop} } return s; }`,
    });
    const [y] = await run(f(x()));
    expect(y![3]).toBeNaN();
    expect(y!.filter((value) => value === 0).length).toBe(69);
  });
  it("by default too", async () => {
    const f = nn.kernel({
      name: "endless",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { var s = 0.0; loop { s += x[i]; } return s; }",
    });
    const [y] = await run(f(x()));
    expect(y!.every((value) => Number.isNaN(value))).toBe(true);
  });
  it("around a barrier", async () => {
    const f = nn.kernel({
      name: "waiting",
      inputs: { x: "f32" },
      workgroup: 4,
      groups: () => 2,
      loops: 1000,
      wgsl: "fn group(g: u32, lane: u32) { loop { workgroupBarrier(); y[g * 4u + lane] += x[0]; } }",
    });
    const [y] = await run(f(x()));
    // Each of the two groups writes NaN into its own half of the output, where the other group writes nothing.
    const lanes = (from: number) => [...y!.slice(from, from + 4)];
    expect([...lanes(0), ...lanes(35)]).toEqual(new Array(8).fill(NaN));
    expect(lanes(4)).toEqual(new Array(4).fill(125));
  });
  it("loops that end within their bound are left alone", async () => {
    const f = nn.kernel({
      name: "sum",
      inputs: { x: "f32" },
      loops: 70,
      wgsl: "fn element(i: u32) -> f32 { var s = 0.0; for (var j = 0u; j < 70u; j++) { s += x[j]; } return s; }",
    });
    const [y] = await run(f(x()));
    expect(y).toEqual(new Array(70).fill(70));
  });
});
