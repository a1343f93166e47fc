import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lineFinder, oneBreak, placesOf } from "./places.ts";

const lines = (...all: string[]) => all.join("\n");

describe("places", () => {
  it("are where code is, not where text reads like it", () => {
    const source = lines(
      "// for await (const step of training(model)) { step.log({ loss }); forward(x) {",
      "const words = `training(model) step.log({ loss: 1 })",
      "  forward(tokens) {`;",
      '/* training(m) */ const more = "training(model)", pattern = /training(model)/;',
      "class Block { forward(x: Tensor): Tensor { return x; } }",
      "class GPT {",
      "  forward(tokens: Tensor): Tensor { return this.block.forward(tokens); }",
      "}",
      "console.log('hello');",
      "for await (const step of training(new GPT())) {",
      "  step.log({ rate: 1 });",
      "  step.log({ rate: 1, loss });",
      "}",
    );
    expect(placesOf(source)).toEqual({ training: 10, forward: 7, log: 12 });
  });

  it("are found by other names and in other forms", () => {
    const source = lines(
      'import { training as loop, type Step } from "prepare";',
      "const gpt = { forward: (tokens: Tensor) => tokens };",
      "training();",
      "for await (const step of loop(gpt)) step.log(values);",
    );
    expect(placesOf(source)).toEqual({ training: 4, forward: 2, log: 4 });
    expect(
      placesOf("class A { forward = (x) => x }\nfor await (const s of prepare.training(a)) {}").training,
    ).toBe(2);
    expect(placesOf("")).toEqual({ training: 0, forward: 0, log: 0 });
    expect(placesOf("\r\n\rfor await (const s of training(m)) {}").training).toBe(3);
  });

  it("are those of the seed", () => {
    const seed = readFileSync("src/seed/train.ts", "utf8");
    const at = (line: number) => seed.split("\n")[line - 1];
    const { training, forward, log } = placesOf(seed);
    expect(at(training)).toMatch(/for await .*training\(/);
    expect(at(forward)).toMatch(/^ {2}forward\(tokens/);
    expect(at(log)).toMatch(/\.log\(/);
  });
});

describe("lines", () => {
  it("are found by offset", () => {
    const lineAt = lineFinder("a\n\nbc\n");
    expect([0, 1, 2, 3, 4, 5, 6].map(lineAt)).toEqual([1, 1, 2, 3, 3, 3, 4]);
    expect(oneBreak("\uFEFFa\r\nb\rc\n")).toBe("a\nb\nc\n");
  });
});
