// Error messages for plans that exceed the limits of invented devices: they name the operation, its line, its size.

import { runInThisContext } from "node:vm";
import { expect, it } from "vitest";
import { LabError } from "../../../error.ts";
import * as nn from "../../api.ts";
import type { Work } from "../../graph/backend.ts";
import type { DeviceLimits } from "../../runtime/index.ts";
import { Session } from "../../engine/session.ts";
import { checkLimits, memoryError } from "./limits.ts";
import { MemoryReport } from "./memory-report.ts";
import { draft } from "../emit/planner.ts";
import type { RowLimits } from "../analyse/row-chunks.ts";
import { MIN_CAPABILITIES, Planning } from "../testing/planned.ts";

const caps = { ...MIN_CAPABILITIES, f16: true };
const roomy: DeviceLimits = {
  maxBufferSize: 2 ** 30,
  maxStorageBinding: 2 ** 27,
  maxUniformBinding: 65536,
  maxStorageBuffers: 8,
  maxWorkgroups: 65535,
  maxInvocations: 256,
};
const whole: RowLimits = { above: 2 ** 26, chunk: 2 ** 25 };

type Judge = (work: Work) => void;

/** The error message for a step of train.ts, null if there is none; the first line of `text` is line 1. */
function refusal(judge: Judge, text: string, source: string | null = "train.ts"): string | null {
  const session = new Session(new Planning(judge), 0, source);
  session.activate();
  type Script = (api: typeof nn, later: (tensor: nn.Tensor) => void) => void;
  const script = runInThisContext(`(nn, later) => {${text}}`, { filename: "train.ts" }) as Script;
  script(nn, (tensor) => void session.readLater(tensor));
  try {
    session.flush();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return (error as LabError).message;
  }
}
const within =
  (limits: Partial<DeviceLimits>): Judge =>
  (work) => {
    checkLimits(work, draft(work, caps, whole), { ...roomy, ...limits });
  };
/** Refuses every step, with an error that names the largest tensors. */
const memory =
  (rows = whole): Judge =>
  (work) => {
    throw memoryError(new MemoryReport(work, draft(work, caps, rows)), 2 ** 22, 0);
  };

const CHAIN = `const [a, b, c] = [1, 2, 3].map(() => nn.parameter([64, 64], nn.ones));
  const sum = a
    .add(b)
    .mul(c);
  later(sum);`;

it("accepts a step within the limits", () => {
  expect(refusal(within({}), CHAIN)).toBeNull();
});

it("counts storage buffers, of the operation a kernel ends with", () => {
  expect(refusal(within({ maxStorageBuffers: 3 }), CHAIN)).toBe(
    "train.ts:4: mul: too many storage buffers, got 4, expected at most 3 (make the tensors smaller)",
  );
});

it("updates the parameters of an optimizer in as many parts as bindings take", () => {
  const text = `const all = [1, 2, 3].map(() => nn.parameter([64, 64], nn.ones));
    const adam = new nn.AdamW(all);
    all.map((w, i) => w.pow(i + 2).sum()).reduce((a, b) => a.add(b)).backward();
    nn.clipGradNorm(all, 1);
    adam.step();`;
  const parts = (maxStorageBinding: number) => {
    let counts: unknown[] = [];
    const judge: Judge = (work) => {
      const drawn = draft(work, { ...caps, maxStorageBinding }, whole);
      const updates = drawn.dispatches.filter(({ kernel }) => kernel.label.startsWith("adamw"));
      counts = updates.map(({ operands }) => operands[0]?.count);
      checkLimits(work, drawn, { ...roomy, maxStorageBinding });
    };
    expect(refusal(judge, text)).toBeNull();
    return counts;
  };
  expect(parts(2 ** 27)).toEqual([3 * 64 * 64]);
  expect(parts(2 ** 15)).toEqual([2 * 64 * 64, 64 * 64]);
});

it("plans a chain of operations that is longer than the stack", () => {
  const text = `const w = nn.parameter([2], nn.ones);
    let x = w;
    for (let i = 0; i < 4000; i++) x = x.sin();
    x.sum().backward();
    later(w.grad);`;
  expect(refusal(within({}), text, null)).toBeNull();
});

it("counts workgroups", () => {
  expect(refusal(within({ maxWorkgroups: 1 }), CHAIN)).toMatch(
    /^train\.ts:4: mul: too many workgroups along an axis, got \d+, expected at most 1 /,
  );
});

it("names the tensor of a binding, and the one an optimizer's whole buffer is too large by", () => {
  expect(refusal(within({ maxStorageBinding: 2 ** 13 }), CHAIN)).toBe(
    "train.ts:1: parameter [64, 64]: too large for one binding of this device, got 0.02 MiB, expected at most 0.01 MiB (make the model or the batch smaller)",
  );
  const model = `const small = nn.parameter([64, 64], nn.ones);
    const large = nn.parameter([64, 128], nn.ones);
    const adam = new nn.AdamW([small, large]);
    small.matmul(large).sum().backward();
    adam.step();`;
  expect(refusal(within({ maxBufferSize: 2 ** 15 + 2 ** 13 }), model)).toMatch(
    /^train\.ts:2: parameter \[64, 128\]: too large, together with its neighbours, for one buffer of this device, got 0.05 MiB/,
  );
});

it("names moments by the optimizer that made them", () => {
  const text = `const w = nn.parameter([256, 256], nn.ones);
    const adam = new nn.AdamW([w]);
    w.sum().backward();
    adam.step();`;
  expect(refusal(memory(), text)).toContain(
    "parameter [256, 256] of 0.25 MiB at train.ts:1, stored tensor [256, 256] of 0.25 MiB at train.ts:2",
  );
});

it("gives the size that is stored, where activations are f16", () => {
  const text = (mode: string) => `nn.precision("${mode}");
    const w = nn.parameter([64, 64], nn.ones);
    const x = nn.rmsNorm(nn.embedding(w, nn.tensor(new Uint32Array(4096))));
    const y = nn.rmsNorm(x.matmul(w).gelu()
      .matmul(w)).matmul(w);
    y.square().mean().backward();
    new nn.AdamW([w]).step();`;
  expect(refusal(memory(), text("f32"))).toMatch(/matmul \[4096, 64\] of 1\.00 MiB at train\.ts:[45]/);
  expect(refusal(memory(), text("mixed"))).toMatch(/matmul \[4096, 64\] of 0\.50 MiB at train\.ts:[45]/);
});

it("names memory that is no tensor by the operation that needs it", () => {
  const text = `const table = nn.parameter([512, 64], nn.ones);
    const x = nn.parameter([4096, 64], nn.ones);
    const logits = x.matmul(table, { transposeB: true });
    const loss = nn.crossEntropy(logits, nn.tensor(new Uint32Array(4096)));
    loss.backward();
    later(table.grad);`;
  expect(refusal(memory({ above: 0, chunk: 2 ** 22 }), text)).toMatch(
    /^train\.ts:\d: .* scratch of \w+ of \d+\.\d\d MiB at train\.ts:[345]/,
  );
});
