import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binaryFunctions, unaryFunctions } from "../wgsl/float64.ts";
import { elementwise } from "./elementwise.ts";
import { binaryOf, unaryOf, type BinaryOp, type Expression, type UnaryOp } from "../wgsl/expression.ts";
import { expectClose, openTestDevice, runKernel, testValues } from "../testing/dispatch.ts";

const { capabilities: caps } = await openTestDevice();
const POSITIVE = new Set<UnaryOp>(["log", "sqrt", "rsqrt"]);

describe.each([7, 64])("over %i elements", (count) => {
  test.each(Object.keys(unaryFunctions) as UnaryOp[])("%s", async (op) => {
    const x = testValues(count, 3, 4).map((v) => (POSITIVE.has(op) ? Math.abs(v) + 0.01 : v));
    const kernel = elementwise(caps, {
      shape: [count],
      inputs: [{ shape: [count] }],
      expression: unaryOf(op),
    });
    const [, y] = await runKernel(kernel, [x, count]);
    expectClose(y!, Array.from(x, unaryFunctions[op]), { rtol: 2e-6, atol: 5e-7, what: op });
  });

  test.each(Object.keys(binaryFunctions) as BinaryOp[])("%s", async (op) => {
    const a = testValues(count, 5, 3).map((v) => (op === "pow" ? Math.abs(v) + 0.1 : v));
    const b = testValues(count, 7, 3).map((v, i) => (i % 3 === 0 ? a[i]! : v));
    const inputs = [{ shape: [count] }, { shape: [count] }];
    const kernel = elementwise(caps, { shape: [count], inputs, expression: binaryOf(op) });
    const [, , y] = await runKernel(kernel, [a, b, count]);
    expectClose(
      y!,
      [...a].map((v, i) => binaryFunctions[op](v, b[i]!)),
      { rtol: 1e-5, atol: 1e-7, what: op },
    );
  });
});

test("edge values: tanh and sigmoid saturate, gelu and silu vanish, comparisons are exact", async () => {
  const x = Float32Array.of(-1e30, -100, -45, 0, 45, 100, 1e30, -0);
  for (const [op, expected] of [
    ["tanh", [-1, -1, -1, 0, 1, 1, 1, 0]],
    ["sigmoid", [0, 0, 0, 0.5, 1, 1, 1, 0.5]],
    ["gelu", [0, 0, 0, 0, 45, 100, 1e30, 0]],
    ["silu", [0, 0, 0, 0, 45, 100, 1e30, 0]],
    ["erf", [-1, -1, -1, 0, 1, 1, 1, 0]],
  ] as const) {
    const kernel = elementwise(caps, { shape: [8], inputs: [{ shape: [8] }], expression: unaryOf(op) });
    const [, y] = await runKernel(kernel, [x, 8]);
    expectClose(y!, expected, { atol: 1e-15, rtol: 1e-6, what: op });
  }
  const near = Float32Array.of(1, 1.0000001192092896, 16777216, -0);
  const other = Float32Array.of(1.0000001192092896, 1, 16777215, 0);
  const inputs = [{ shape: [4] }, { shape: [4] }];
  const lt = elementwise(caps, { shape: [4], inputs, expression: binaryOf("lt") });
  expect(Array.from((await runKernel(lt, [near, other, 4]))[2]!)).toEqual([1, 0, 0, 0]);
  const eq = elementwise(caps, { shape: [4], inputs, expression: binaryOf("eq") });
  expect(Array.from((await runKernel(eq, [near, other, 4]))[2]!)).toEqual([0, 0, 0, 1]);
});

test("pow of negative bases, zero and whole exponents", async () => {
  const a = Float32Array.of(-2, -2, 0, 0, 5, -3);
  const b = Float32Array.of(3, 2, 0, 2, 0, -1);
  const inputs = [{ shape: [6] }, { shape: [6] }];
  const kernel = elementwise(caps, { shape: [6], inputs, expression: binaryOf("pow") });
  expectClose((await runKernel(kernel, [a, b, 6]))[2]!, [-8, 4, 1, 0, 1, -1 / 3], { rtol: 1e-5 });
});

test("one dispatch for a chain with numbers, where, several outputs and in place", async () => {
  const expression: Expression = {
    instructions: [
      { op: "input", index: 0 },
      { op: "number", slot: 5 },
      { op: "mul", a: 0, b: 1 },
      { op: "constant", value: 0.25 },
      { op: "lt", a: 0, b: 3 },
      { op: "where", condition: 4, a: 2, b: 0 },
    ],
    outputs: [5, 2],
  };
  const x = testValues(12);
  const shape = { shape: [3, 4], inputs: [{ shape: [3, 4] }], expression };
  const numbers = [0, 0, 0, 0, 0, -3];
  const wanted = [...x].map((v) => (v < 0.25 ? -3 * v : v));
  const [, first, second] = await runKernel(elementwise(caps, shape), [x, 12, 12], numbers);
  expectClose(first!, wanted);
  expectClose(
    second!,
    [...x].map((v) => -3 * v),
  );
  const [again] = await runKernel(elementwise(caps, { ...shape, inPlace: 0 }), [x, 12], numbers);
  expect(again).toEqual(first);
});

test("reads and writes u32", async () => {
  const kernel = elementwise(caps, {
    shape: [2, 4],
    inputs: [{ shape: [2, 4], dtype: "u32" }, { shape: [2, 1] }],
    expression: binaryOf("add"),
    outputs: ["u32"],
  });
  const tokens = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 65535);
  const [, , y] = await runKernel(kernel, [tokens, [1, 10], new Uint32Array(8)]);
  expect([...y!]).toEqual([1, 2, 3, 4, 14, 15, 16, 65545]);
});

test("any broadcast of two operands", async () => {
  const axis: fc.Arbitrary<number> = fc.constantFrom(1, 2, 3, 4, 5, 8);
  const operand = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(axis, { minLength: 1, maxLength: 4 }),
      operand,
      operand,
      async (shape, one, two) => {
        const shapes = [one, two].map((drop) => shape.map((size, i) => (drop[i] ? 1 : size)));
        shapes[1] = shapes[1]!.slice(shapes[1]!.findIndex((size) => size > 1));
        const count = shape.reduce((a, b) => a * b, 1);
        const values = shapes.map((s, i) =>
          testValues(
            s.reduce((a, b) => a * b, 1),
            i + 1,
          ),
        );
        const inputs = shapes.map((s) => ({ shape: s }));
        const [, , y] = await runKernel(elementwise(caps, { shape, inputs, expression: binaryOf("sub") }), [
          ...values,
          count,
        ]);
        const at = (which: number, flat: number): number => {
          let index = 0;
          let step = 1;
          let rest = flat;
          const own = shapes[which]!;
          for (let axis = shape.length - 1, j = own.length - 1; axis >= 0; axis--, j--) {
            const c = rest % shape[axis]!;
            rest = Math.floor(rest / shape[axis]!);
            const size = own[j] ?? 1;
            if (size > 1) index += c * step;
            step *= size;
          }
          return values[which]![index]!;
        };
        expectClose(
          y!,
          Array.from({ length: count }, (_, i) => at(0, i) - at(1, i)),
          { what: JSON.stringify(shapes) },
        );
      },
    ),
    { numRuns: 12 },
  );
});
