import { describe, expect, test } from "vitest";
import { embedding, embeddingGrad, gather, scatterAdd } from "./embedding.ts";
import { expectClose, openTestDevice, runKernel, runPasses, testValues } from "../testing/dispatch.ts";

const { capabilities } = await openTestDevice();
const WAYS = [
  ["software", capabilities],
  ["as a real GPU", { ...capabilities, software: false }],
] as const;

/** A skewed draw of tokens, as in a text: few are frequent, most are rare, some never occur. */
function tokensOf(rows: number, vocab: number): Uint32Array {
  return Uint32Array.from(testValues(rows, 9), (v) => Math.floor(vocab * Math.abs(v) ** 3) % vocab);
}

describe.each(WAYS)("%s", (_, caps) => {
  test.each([
    { rows: 1, vocab: 1, width: 1 },
    { rows: 7, vocab: 5, width: 3 },
    { rows: 64, vocab: 33, width: 20 },
    { rows: 101, vocab: 17, width: 260 },
    { rows: 8, vocab: 300, width: 4 },
  ])("embedding and its gradient %o", async (shape) => {
    const { rows, vocab, width } = shape;
    const [table, dy, tokens] = [
      testValues(vocab * width),
      testValues(rows * width, 2),
      tokensOf(rows, vocab),
    ];
    const [, , y] = await runKernel(embedding(caps, shape), [table, tokens, rows * width]);
    expect(Array.from(y!)).toEqual(
      Array.from(
        { length: rows * width },
        (_, i) => table[tokens[Math.floor(i / width)]! * width + (i % width)]!,
      ),
    );
    const wanted = new Float64Array(vocab * width);
    for (let i = 0; i < rows * width; i++)
      wanted[tokens[Math.floor(i / width)]! * width + (i % width)]! += dy[i]!;
    const grad = embeddingGrad(caps, shape);
    const [, , dtable] = await runPasses(grad, [tokens, dy, vocab * width]);
    expectClose(dtable!, wanted, { rtol: 1e-6, atol: 1e-5 });
    expect((await runPasses(grad, [tokens, dy, vocab * width]))[2]).toEqual(dtable);
    const [, , more] = await runPasses(embeddingGrad(caps, { ...shape, accumulate: true }), [
      tokens,
      dy,
      table,
    ]);
    expectClose(
      more!,
      wanted.map((v, i) => v + table[i]!),
      { rtol: 1e-6, atol: 1e-5 },
    );
  });

  test("a token past the table is its last row, in both directions", async () => {
    const shape = { rows: 4, vocab: 3, width: 4 };
    const tokens = Uint32Array.of(0, 7, 0xffffffff, 2);
    const table = testValues(12);
    const [, , y] = await runKernel(embedding(caps, shape), [table, tokens, 16]);
    expect(Array.from(y!.slice(4, 8))).toEqual(Array.from(table.slice(8)));
    const [, , dtable] = await runPasses(embeddingGrad(caps, shape), [
      tokens,
      new Float32Array(16).fill(1),
      12,
    ]);
    expect(Array.from(dtable!)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 3, 3, 3, 3]);
  });

  test.each([
    { outer: 1, length: 1, count: 1, inner: 1 },
    { outer: 3, length: 5, count: 7, inner: 2 },
    { outer: 2, length: 40, count: 3, inner: 1 },
  ])("gather and scatter %o", async (shape) => {
    const { outer, length, count, inner } = shape;
    const x = testValues(outer * length * inner);
    const index = tokensOf(outer * count * inner, length);
    const from = (i: number): number =>
      (Math.floor(i / (count * inner)) * length + index[i]!) * inner + (i % inner);
    const [, , y] = await runKernel(gather(caps, shape), [x, index, index.length]);
    expect(Array.from(y!)).toEqual(Array.from(index, (_, i) => x[from(i)]!));
    const wanted = new Float64Array(x.length);
    index.forEach((_, i) => (wanted[from(i)]! += y![i]!));
    const [, , back] = await runKernel(scatterAdd(caps, shape), [y!, index, x.length]);
    expectClose(back!, wanted);
  });
});
