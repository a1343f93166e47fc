import { beforeEach, expect, it } from "vitest";
import * as nn from "../../api.ts";
import { ReferenceBackend } from "../../reference/index.ts";
import { Session } from "../../engine/session.ts";
import { aliasOf } from "./alias.ts";
import type { Operand } from "../../graph/lowering.ts";

const session = new Session(new ReferenceBackend());
beforeEach(() => {
  session.reset();
  session.activate();
});

const source: Operand = {
  buffer: { kind: "temporary", id: 0, count: 4096 },
  offset: 256,
  count: 1024,
  half: 2,
};
const alias = ({ value }: nn.Tensor) => aliasOf(value.node, () => source);
const x = () => nn.parameter([4, 1, 64], nn.ones);

it("is an aligned piece along the first axis that has more than one element", () => {
  expect(alias(x().narrow(0, 1, 2))).toEqual({ buffer: source.buffer, offset: 320, count: 128, half: 2 });
  expect(alias(nn.parameter([1, 256], nn.ones).narrow(1, 128, 100))).toMatchObject({
    offset: 384,
    count: 100,
  });
  expect(alias(nn.parameter([256], nn.ones).narrow(0, 32, 64))).toBeNull(); // not aligned
  expect(alias(x().narrow(2, 0, 32))).toBeNull(); // gaps
});

it("is a move of axes of size 1, and no other", () => {
  expect(alias(x().transpose(0, 1))).toBe(source);
  expect(alias(x().transpose(1, 2))).toBe(source);
  expect(alias(x().transpose(0, 2))).toBeNull();
});

it("is nothing that computes", () => {
  expect(alias(x().add(1))).toBeNull();
});
