import { expect, it } from "vitest";
import { separateBindings } from "./separate-bindings.ts";
import { Buffers } from "./buffers.ts";
import type { Operand } from "../../graph/lowering.ts";

const buffers = new Buffers();
const a = buffers.scratch(256);
const part = (offset: number, count: number): Operand => ({ ...a, offset, count });

function bound(kinds: ("read" | "write" | "readwrite")[], operands: Operand[]) {
  const copied: Operand[] = [];
  const result = separateBindings({ bindings: kinds }, operands, (operand) => {
    copied.push(operand);
    return buffers.scratch(operand.count);
  });
  return { result, copied };
}

it("copies neither operands that are only read nor operands that do not overlap", () => {
  for (const [kinds, operands] of [
    [
      ["read", "read", "write"],
      [a, a, buffers.scratch(256)],
    ],
    [
      ["read", "write"],
      [part(0, 128), part(128, 128)],
    ],
    [["readwrite"], [a]],
  ] as const) {
    const { result, copied } = bound([...kinds], [...operands]);
    expect(result).toEqual(operands);
    expect(copied).toEqual([]);
  }
});

it("copies an operand that overlaps the range another binding writes", () => {
  const written = part(64, 128);
  const { result, copied } = bound(["read", "write"], [part(0, 128), written]);
  expect(copied).toEqual([part(0, 128)]);
  expect(result[0]?.buffer).not.toBe(a.buffer);
  expect(result[1]).toBe(written);
});

it("copies the same elements once", () => {
  const { result, copied } = bound(["read", "read", "readwrite"], [a, a, a]);
  expect(copied).toEqual([a]);
  expect(result[0]).toBe(result[1]);
  expect(result[2]).toBe(a);
});
