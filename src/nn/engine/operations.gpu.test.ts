// Every operation and every gradient on the GPU, through plans and fusion, against the float64 reference.

import { expect, it } from "vitest";
import * as nn from "../api.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "./session.ts";
import { operationCases, weightedSum, type OperationCase } from "../testing/cases/index.ts";
import { testEngine } from "../testing/engine.ts";

const engine = await testEngine();

/** Values of the result, the loss and all gradients. */
async function run(
  session: Session,
  { shapes, f, init }: OperationCase,
  withResult: boolean,
): Promise<ArrayLike<number>[]> {
  session.activate();
  session.seed(3);
  const params = shapes.map((shape) => nn.parameter(shape, init));
  const y = f(...params);
  const loss = weightedSum(y);
  loss.backward();
  const wanted = [loss, ...params.flatMap((p) => p.grad ?? []), ...(withResult ? [y] : [])];
  const results = wanted.map((tensor) => session.readLater(tensor));
  session.flush();
  const arrays = await Promise.all(results);
  session.reset();
  return arrays;
}

// Reading the result as well changes which chains fuse.
it.each(
  operationCases.flatMap((c) => [
    { ...c, withResult: false },
    { ...c, name: `${c.name}, and its result`, withResult: true },
  ]),
)(
  "$name",
  async (operation) => {
    const expected = await run(new Session(new ReferenceBackend()), operation, operation.withResult);
    const got = await run(engine, operation, operation.withResult);
    expect(got.length).toBe(expected.length);
    got.forEach((array, k) => {
      const scale = Math.max(1, ...Array.from(expected[k]!, Math.abs));
      for (let i = 0; i < expected[k]!.length; i++)
        expect(
          Math.abs(array[i]! - expected[k]![i]!),
          `output ${k}[${i}]: ${array[i]!} against ${expected[k]![i]!}`,
        ).toBeLessThan(2e-5 * scale);
    });
  },
  60_000,
);
