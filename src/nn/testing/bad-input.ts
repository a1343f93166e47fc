// For *.gpu.test.ts only: tests that a mistake in train.ts gives a one-line error with subject, got and expected values
// (and possibly a hint), and that the next step runs normally.

import { afterEach, expect, it } from "vitest";
import { LabError, type LabErrorCode } from "../../error.ts";
import * as nn from "../api.ts";
import type { Engine } from "../engine/engine.ts";
import { testEngine } from "./engine.ts";

/** A mistake and the expected error. */
export type BadInput = readonly [code: LabErrorCode, name: string, call: () => unknown, line: RegExp];

/** A parameter of ones. */
export const p = (...shape: number[]) => nn.parameter(shape, nn.ones);
export const tokens = (...shape: number[]) =>
  nn.tensor(new Uint32Array(shape.reduce((a, b) => a * b, 1)), shape);
/** A model of plain objects, in which every name is missing. */
export const missing: Record<string, unknown> = {};

/** An engine with 64 MiB of memory, which must train a step after every test. */
export async function sturdyEngine(): Promise<Engine> {
  const engine = await testEngine({ memoryLimit: 2 ** 26 });
  afterEach(async () => {
    engine.abandon();
    await works(engine);
  });
  return engine;
}

export async function works(on: Engine): Promise<void> {
  on.activate();
  const w = nn.parameter([3], nn.ones);
  const sgd = new nn.SGD([w], { lr: 0.5 });
  w.sum().backward();
  sgd.step();
  const read = on.readLater(w.add(1));
  await on.prepare();
  expect(Array.from(await read)).toEqual([1.5, 1.5, 1.5]);
}

export function caught(f: () => unknown): LabError {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable("nothing was thrown");
}

/** Defines a test for each case. */
export function refuses(cases: readonly BadInput[]): void {
  it.each(cases)("%s: %s", (code, _, call, line) => {
    const error = caught(call);
    expect(error.message).toMatch(line);
    expect(error.message).not.toMatch(/\n/);
    expect(error.code).toBe(code);
  });
}
