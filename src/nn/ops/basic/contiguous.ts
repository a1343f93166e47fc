// Lists of tensors that lie one after the other in memory, taken as one: the update of a whole model is one dispatch.

import type { Capabilities } from "../../kernels/kernel.ts";
import type { Operand } from "../../graph/lowering.ts";

/**
 * Joins neighbours: `roles[r][i]` is tensor i in role r; all roles must step alike for two tensors to be one run, which
 * is no longer than one binding of the adapter.
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
  // Alignment leaves up to 63 elements unused between two tensors. Nobody reads what an update makes of them, but
  // only memory that is never shared is sure to hold no other value there.
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
