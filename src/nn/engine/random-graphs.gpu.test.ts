// Random graphs on the GPU and on the reference: values agree for any fusion, aliasing and in-place update.

import fc from "fast-check";
import { expect, it } from "vitest";
import * as nn from "../api.ts";
import type { Tensor } from "../api.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "./session.ts";
import { testEngine } from "../testing/engine.ts";

const engine = await testEngine();

/** One instruction of a random program: the indices of its operation and of its operands. */
interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
}
const N = 8;

const indices = Uint32Array.from({ length: N * N }, (_, i) => (i * i + 3) % N);
let someIndex: Tensor;
let halfway: (a: Tensor, b: Tensor) => Tensor;

/** An nn.kernel on the engine; the same from operations on the reference, which cannot run WGSL. */
const averageKernel = nn.kernel({
  name: "average",
  inputs: { a: "f32", b: "f32" },
  wgsl: "fn element(i: u32) -> f32 { return 0.5 * (a[i] + b[i]); }",
  gradient: (g) => ({ a: g.mul(0.5), b: g.mul(0.5) }),
});

/** All values are [N, N], so that all operations compose; each operation shrinks values, so that none overflows. */
const operations: ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b).mul(0.5),
  (a, b) => a.sub(b).mul(0.5),
  (a, b) => a.mul(b.tanh()),
  (a) => a.relu().square().softcap(2),
  (a) => a.sigmoid(),
  (a, b) => a.matmul(b).mul(0.2),
  (a, b) => a.relu().matmul(b, { transposeB: true }).mul(0.2),
  (a, b) => a.transpose(0, 1).matmul(b).tanh(),
  (a) => a.transpose(0, 1),
  (a) => nn.rmsNorm(a),
  (a, b) => b.add(nn.rmsNorm(a.add(b))).mul(0.5),
  (a) => nn.softmax(a),
  (a) => a.sub(a.mean(1, true)),
  (a, b) => a.mul(b.mean(0)).add(b.max()),
  (a, b) => nn.cat([a.narrow(0, 2, 5), b.narrow(0, 0, 3)], 0),
  (a, b) => nn.cat([a.narrow(1, 4, 4), b.narrow(1, 0, 4)], 1),
  (a, b) => nn.where(a.gt(b), a, b.mul(0.5)),
  (a) => a.view(4, 16).sum(0, true).expand(4, 16).view(N, N).mul(0.2),
  (a, b) => a.narrow(0, 0, 1).add(b).mul(0.5),
  (a) => a.cumsum(1).mul(0.1),
  (a, b) => a.shift(0, 1).sub(b.shift(1, -2)).mul(0.5),
  (a) => a.roll(1, 3),
  (a) => a.logSoftmax(0).mul(0.2),
  (a, b) => a.sub(b.logsumexp(1, true)).mul(0.2),
  (a, b) =>
    nn
      .causalConv(a.view(1, N, N), b.narrow(0, 1, 3))
      .view(N, N)
      .tanh(),
  (a) => nn.scatterAdd(a, 1, someIndex, N).mul(0.3),
  (a) => a.gather(0, someIndex),
  (a, b) => nn.tril(a).add(nn.triu(b, 1)),
  (a, b) => nn.swiglu(a, b),
  (a, b) => halfway(a, b),
];

const program = fc.array(fc.record({ op: fc.nat(operations.length - 1), a: fc.nat(30), b: fc.nat(30) }), {
  minLength: 1,
  maxLength: 14,
});

async function run(
  session: Session,
  instructions: readonly Instruction[],
  steps: number,
): Promise<number[][]> {
  session.activate();
  session.seed(9);
  someIndex = nn.tensor(indices, [N, N]);
  halfway = session === engine ? averageKernel : (a, b) => a.add(b).mul(0.5);
  const params = [
    nn.parameter([N, N], nn.normal(0.7)),
    nn.parameter([N, N], nn.normal(0.7)),
    nn.parameter([N, N], nn.normal(0.7)),
  ];
  const average = nn.state([N, N], nn.zeros);
  const optimizer = new nn.AdamW(params, { lr: 0.01 });
  const results: Promise<ArrayLike<number>>[] = [];
  for (let i = 0; i < steps; i++) {
    const values: Tensor[] = [...params, average];
    for (const { op, a, b } of instructions) {
      const [x, y] = [values[a % values.length]!, values[b % values.length]!];
      values.push(operations[op]!(x, y));
    }
    const last = values[values.length - 1]!;
    const loss = last
      .mul(values[values.length >> 1]!)
      .mean()
      .add(params.map((p) => p.mean()).reduce((a, b) => a.add(b)));
    loss.backward();
    results.push(session.readLater(last), session.readLater(params[0]!.grad ?? loss));
    nn.clipGradNorm(params, 0.5);
    optimizer.step();
    nn.assign(average, average.mul(0.5).add(params[i % 3]!.mul(0.5)));
    session.flush();
  }
  for (const tensor of [...params, average]) results.push(session.readLater(tensor));
  session.flush();
  const arrays = (await Promise.all(results)).map((array) => Array.from(array));
  session.reset();
  return arrays;
}

it("agree with the reference", async () => {
  await fc.assert(
    fc.asyncProperty(program, async (instructions) => {
      const expected = await run(new Session(new ReferenceBackend()), instructions, 2);
      const got = await run(engine, instructions, 2);
      expected.forEach((array, k) => {
        array.forEach((value, i) => {
          const error = Math.abs(value - got[k]![i]!);
          expect(error, `result ${k}[${i}]: ${got[k]![i]!} against ${value}`).toBeLessThan(
            3e-3 * Math.max(1, Math.abs(value)),
          );
        });
      });
    }),
    { numRuns: 40, seed: 42, endOnFailure: false },
  );
}, 300_000);
