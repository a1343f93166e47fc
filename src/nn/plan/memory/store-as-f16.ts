// Applies mixed precision to a finished plan: a temporary is halved if its values may be f16 and every kernel that uses
// it supports f16 bindings. Kernels, fusion and order are those of the f32 plan.

import { canHalve, halve, type Half } from "../../kernels/wgsl/f16-storage.ts";
import type { Operand, VirtualBuffer } from "../../graph/lowering.ts";
import type { Draft, DraftDispatch } from "./draft.ts";

/** Bindings start at multiples of 256 bytes, which is 128 f16 values. */
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
      // The kernel may be one part of a split kernel: `bytes` then counts only that part.
      kernel: { ...kernel, bytes: kernel.bytes * (1 - saved / moved) },
      operands: dispatch.operands.map(shrink),
    };
  });
  return { ...draft, dispatches };
}

/** Ids of the temporaries that every access can store in f16. */
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
