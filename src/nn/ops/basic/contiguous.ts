// Joins tensors that lie one after the other in memory, so that the update of a whole model is one dispatch.

import type { Capabilities } from "../../kernels/kernel.ts";
import type { Operand } from "../../graph/lowering.ts";

/**
 * Joins adjacent tensors into runs: `roles[r][i]` is tensor i in role r. Two tensors join if their distance is the same
 * in all roles. A run is no longer than one binding of the adapter.
 */
export function contiguousRuns(
  { maxStorageBinding }: Capabilities,
  roles: readonly (readonly Operand[])[],
): Operand[][] {
  const runs: Operand[][] = [];
  const count = roles[0].length;
  for (let i = 0; i < count; i++) {
    const items = roles.flatMap((role) => role[i]);
    const last = runs[runs.length - 1];
    const grown = last && join(last, items);
    if (grown?.every((operand) => 4 * operand.count <= maxStorageBinding)) runs[runs.length - 1] = grown;
    else runs.push(items);
  }
  return runs;
}

function join(run: readonly Operand[], next: readonly Operand[]): Operand[] | null {
  const [first] = run;
  const [start] = next;
  const step = start.offset - first.offset;
  // Alignment leaves up to 63 unused elements between two tensors. A joined update overwrites them, so the memory must
  // never be shared: another value could lie there.
  const gap = step - first.count;
  const fits = run.every((operand, r) => {
    const other = next[r];
    if (
      other.buffer !== operand.buffer ||
      other.offset - operand.offset !== step ||
      other.count !== start.count
    )
      return false;
    if (operand.count !== first.count) return false;
    return gap === 0 || operand.buffer.kind === "persistent" || operand.buffer.kind === "pinned";
  });
  if (!fits || gap < 0 || gap >= 64) return null;
  return run.map((operand) => ({ ...operand, count: step + start.count }));
}
