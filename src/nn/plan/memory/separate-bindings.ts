// WebGPU forbids two bindings of one dispatch to overlap if one of them is written.

import type { Kernel } from "../../kernels/kernel.ts";
import { overlap } from "./buffers.ts";
import type { Operand } from "../../graph/lowering.ts";

/** The operands that the kernel may bind: a read operand that overlaps a written one is copied first, once. */
export function separateBindings(
  { bindings }: Pick<Kernel, "bindings">,
  operands: readonly Operand[],
  copyOf: (operand: Operand) => Operand,
): readonly Operand[] {
  const written = new Set(operands.flatMap(({ buffer }, i) => (bindings[i] === "read" ? [] : [buffer])));
  const copies = new Map<string, Operand>();
  return operands.map((operand, i) => {
    const clash =
      bindings[i] === "read" &&
      written.has(operand.buffer) &&
      operands.some((other, j) => j !== i && overlap(operand, other));
    if (!clash) return operand;
    const key = `${operand.buffer.id} ${operand.offset} ${operand.count}`;
    const copy = copies.get(key) ?? copyOf(operand);
    copies.set(key, copy);
    return copy;
  });
}
