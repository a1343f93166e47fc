import { describe, expect, it } from "vitest";
import { checkInputs, checkWork, MAX_INPUTS, readAttrs } from "./kernel-attrs.ts";

const WGSL = "fn element(i: u32) -> f32 { return x[i]; }";
const attrs = {
  name: "twice",
  inputs: "x:f32,tokens:u32",
  dtype: "f32",
  shape: [8],
  workgroup: 0,
  groups: 0,
  loops: 0,
  wgsl: WGSL,
};

describe("a kernel's attributes in the graph", () => {
  it("is read with its inputs apart", () => {
    expect(readAttrs(attrs)).toEqual({
      ...attrs,
      inputs: [
        { name: "x", dtype: "f32" },
        { name: "tokens", dtype: "u32" },
      ],
    });
  });

  it.each([
    [{ name: "a b" }, /bad name/],
    [{ name: "a".repeat(41) }, /bad name/],
    [{ inputs: "" }, /needs inputs, got none, expected 1 to 7/],
    [{ inputs: "x:f16" }, /bad name of an input/],
    [{ inputs: "y:f32" }, /bad name of an input/],
    [{ inputs: "nn_x:f32" }, /bad name of an input/],
    [{ inputs: "a__b:f32" }, /bad name of an input/],
    [{ inputs: "x:f32,x:f32" }, /named twice/],
    [{ inputs: Array.from({ length: MAX_INPUTS + 1 }, (_, i) => `x${i}:f32`).join() }, /too many inputs/],
    [{ workgroup: 64 }, /workgroup and groups/],
  ])("is refused with %j", (change, message) => {
    expect(() => readAttrs({ ...attrs, ...change })).toThrow(message);
  });

  it("may ask for 2^31 iterations in all, and for no more", () => {
    const work = (loops: number) => () => {
      checkWork(readAttrs({ ...attrs, shape: [2 ** 20], loops }));
    };
    expect(work(2047)).not.toThrow();
    expect(work(2048)).toThrow(/too much work/);
  });

  it("names the inputs it is given", () => {
    const given = (...types: ("f32" | "u32")[]) => {
      const metas = types.map((dtype) => ({ shape: [8], dtype }));
      return () => {
        checkInputs(readAttrs(attrs), metas);
      };
    };
    expect(given("f32", "u32")).not.toThrow();
    expect(given("f32")).toThrow(/number of inputs.*2: x, tokens/);
    expect(given("f32", "f32")).toThrow(/tokens.*u32/);
  });
});
