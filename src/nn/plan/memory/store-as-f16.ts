// Mixed precision is a property of the finished plan: temporaries whose values may be f16, and that only kernels touch
// which can hold them so, become half as large. Kernels, fusion and order are those of the f32 plan.

import { canHalve, halve, type Half } from "../../kernels/wgsl/f16-storage.ts";
import type { Operand, VirtualBuffer } from "../../graph/lowering.ts";
import type { Draft, DraftDispatch } from "./draft.ts";

/** Bindings start at multiples of 256 bytes: so many halves. */
const ALIGNMENT = 128;

export function storeAsF16(draft: Draft): Draft {
  const halves = halfBuffers(draft);
  if (halves.size === 0) return draft;
  const smaller = new Map<number, VirtualBuffer>();
  const shrink = (operand: Operand): Operand => {
    const { buffer, offset, count } = operand;
    if (!halves.has(buffer.id)) return operand;
    let half = smaller.get(buffer.id);
    if (!half) smaller.set(buffer.id, (half = { ...buffer, count: Math.ceil(buffer.count / 2) }));
    return { buffer: half, offset: offset / 2, count: Math.ceil(count / 2), halves: count };
  };
  const dispatches = draft.dispatches.map((dispatch): DraftDispatch => {
    const bindings = new Map<number, Half>();
    let [saved, moved] = [0, 0];
    dispatch.operands.forEach(({ buffer, half, becomes, count }, i) => {
      const times = dispatch.kernel.bindings[i] === "readwrite" ? 2 : 1;
      moved += 4 * count * times;
      if (half === undefined || !halves.has(buffer.id)) return;
      bindings.set(i, { load: half, store: becomes ?? half });
      saved += 2 * count * times;
    });
    if (bindings.size === 0) return dispatch;
    const kernel = halve(dispatch.kernel, bindings);
    return {
      ...dispatch,
      // A kernel may be a part of one that was too long: its bytes are a part too.
      kernel: { ...kernel, bytes: kernel.bytes * (1 - saved / moved) },
      operands: dispatch.operands.map(shrink),
    };
  });
  return { ...draft, dispatches };
}

/** The temporaries that every access agrees on. */
function halfBuffers({ dispatches, outputs }: Draft): Set<number> {
  const wished = new Set<number>();
  const refused = new Set(outputs.map(({ buffer }) => buffer.id));
  for (const { kernel, operands } of dispatches)
    operands.forEach(({ buffer, offset, half }, i) => {
      const fits =
        buffer.kind === "temporary" && half !== undefined && offset % ALIGNMENT === 0 && canHalve(kernel, i);
      (fits ? wished : refused).add(buffer.id);
    });
  for (const id of refused) wished.delete(id);
  return wished;
}
