import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { typings } from "../../../scripts/vite-typings.ts";
import { FUNCTIONS, METHODS } from "./habits.ts";
import { typeCheck } from "./type-check.ts";

let check: ReturnType<typeof typeCheck>;
beforeAll(() => {
  check = typeCheck(typings(process.cwd()));
}, 60_000);

const HEAD =
  'import * as nn from "nn"; import type { Tensor } from "nn"; declare let x: Tensor, y: Tensor, w: Tensor, tokens: Tensor;\n';
const messagesOf = (line: string) => check(HEAD + line).map(({ message }) => message);

describe("a name from another library", () => {
  it("has a right call that compiles", () => {
    for (const code of [...Object.values(METHODS), ...Object.values(FUNCTIONS)])
      expect([code, messagesOf(`void (${code});`)]).toEqual([code, []]);
    expect(Object.keys(METHODS).length + Object.keys(FUNCTIONS).length).toBeGreaterThan(70);
  });

  it.each([
    ["nn.silu(x);", "write x.silu(…)"],
    ["nn.functional.relu(x);", "x.relu()"],
    ["nn.log_softmax(x, -1);", "write x.logSoftmax(…)"],
    ["x.softmax(-1);", "write nn.softmax(x, …)"],
    ["x.T.matmul(y);", "write x.transpose(-2, -1)"],
    ["x.reshape(2, 3);", "write x.view(-1, 8)"],
    ["x.masked_fill(y, 0);", "write nn.where(x.gt(0), x, -1e9)"],
    ["x.maskedFill(y, 0);", "write nn.where(x.gt(0), x, -1e9)"],
    ["x.add_(y);", "write x = x.add(…)"],
    ["x.to('cuda');", "leave it out: the lab places tensors"],
    ["new nn.Linear(3, 4);", "write x.matmul(nn.parameter([64, 256], nn.normal(0.02)))"],
    ["class A extends nn.Module {}", "a layer is a plain class"],
    ['import * as torch from "torch";', 'train.ts imports "nn" and "prepare" alone'],
    ["torch.zeros([1]);", 'write import * as nn from "nn"'],
    ["const a = None;", "write null"],
    ["x = x + y;", "write x.add(y)"],
    ["x = x * 2;", "write x.mul(2)"],
    ["x ** 2;", "write x.pow(2)"],
    ["x > 0;", "write x.gt(0)"],
    ["x += y;", "write x.add(y)"],
    ["y = -x;", "write x.neg()"],
    ["x @ y;", "write x.matmul(y)"],
    ["y = (x @ w).relu();", "write x.matmul(w)"],
    ["x = x[:, :-1];", "a slice is x.narrow(axis, start, length)"],
    ["x = x[..., -1];", "a slice is x.narrow(axis, start, length)"],
    ["x.sum(dim=-1);", "write the axis alone: x.sum(-1)"],
    ["x.mean(axis=-1);", "write the axis alone: x.sum(-1)"],
    ["x.sum(-1, keepdim=True);", "write true in its place: x.sum(-1, true)"],
    ["jax.nn.relu(x);", 'write import * as nn from "nn"'],
    ["optax.adamw(0.1);", 'write import * as nn from "nn"'],
    ["rearrange(x, 'b t c -> b c t');", "write x.view(…) and x.permute(…)"],
    ["nn.GELU();", "write x.gelu(…)"],
    ["nn.Parameter([2, 3]);", "write nn.parameter(…)"],
    ["x[0];", "one place of an axis is x.narrow(axis, at, 1)"],
    ["nn.softmax(x, { dim: -1 });", "arguments have no names: nn.softmax(…, axis)"],
    ["x.view([1, 2]);", "sizes are separate arguments: x.view(4, 8)"],
    ["nn.zeros(3, 4);", "nn.full([4, 8], 0)"],
    ["nn.ones([3, 4]);", "nn.full([4, 8], 1)"],
    ["nn.full(3, 4);", "a shape is a list: [4, 8]"],
  ])("%s: %s", (line, hint) => {
    const messages = messagesOf(line);
    expect(messages[0]).toContain(hint);
    expect(messages[0]).not.toMatch(/import\("/);
  });

  it("gives no hint for unknown names, nor in a correct file", () => {
    expect(messagesOf("x.frobnicate();")).toEqual(["Property 'frobnicate' does not exist on type 'Tensor'."]);
    expect(messagesOf("const n = -x.shape.length; void -n;")).toEqual([]);
    expect(check(readFileSync("src/seed/train.ts", "utf8"))).toEqual([]);
  });
});
