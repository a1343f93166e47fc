// Damage in numbers: for every study how many experiments were recorded, are in the database, in copies, and recovered.
import type { Copy, RawStore, Salvage, Witness } from "../../repo/index.ts";
import type { DamageView, SalvageView } from "../contract/lab-state.ts";
import type { RecoveredStudy } from "./recover-study.ts";

/** A damaged store, and the problems that showed the damage. */
export interface DamagedStore {
  /** Null when it cannot be opened. */
  readonly store: RawStore | null;
  readonly witness: Witness | null;
  readonly problems: readonly string[];
}

export function damageView(
  { witness, problems, store }: DamagedStore,
  { studies, refused }: Salvage,
  recoveredStudies: ReadonlyMap<string, RecoveredStudy>,
  copies: readonly Copy[],
): DamageView {
  const known = new Map(witness?.studies.map(({ tag, experiments }) => [tag, experiments]));
  const tags = new Set([...known.keys(), ...studies.map(({ tag }) => tag)]);
  const views = [...tags].map((tag): SalvageView => {
    const sources = studies.find((study) => study.tag === tag)?.sources ?? new Map<string, number>();
    const copied = [...sources].flatMap(([source, count]) => (source === "store" ? [] : [count]));
    const recovered = recoveredStudies.get(tag);
    const expected = known.get(tag) ?? null;
    const left = countLeft(recovered);
    const losses = lossesOf(recovered, expected === null ? 0 : expected - left);
    const inStore = sources.get("store") ?? 0;
    return { tag, expected, inStore, inCopies: Math.max(0, ...copied), left, losses };
  });
  return {
    problems,
    studies: views,
    copies: copies.map(({ name }) => name),
    refused,
    writable: store !== null && store.foreign === null,
  };
}

/** The number of experiments that were recovered, even in part. */
const countLeft = (recovered: RecoveredStudy | undefined): number =>
  recovered?.study.records.filter(({ hypothesis, commit }) => hypothesis !== "Lost" || commit !== "")
    .length ?? 0;

/** The losses, one line each; `missing`: experiments that the witness counted and nothing else names. */
function lossesOf(recovered: RecoveredStudy | undefined, missing: number): readonly string[] {
  const losses = recovered?.losses ?? [];
  if (missing <= 0 || losses.length > 0) return losses;
  return [missing === 1 ? "its last experiment is lost" : `its last ${missing} experiments are lost`];
}
