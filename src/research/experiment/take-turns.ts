// Taking turns: the candidate runs first; then, while whoever looks at the runs wants more, its incumbent and the
// candidate in turn, so that a machine that warms up or slows down moves both. Every run is saved before the next.
import type { FinishedRun } from "../study/record.ts";
import type { Decision } from "../verdict/verdict.ts";

export type Side = "candidate" | "incumbent";

/** The runs of a contest so far. */
export interface Sides {
  readonly runs: readonly FinishedRun[];
  /** Fresh runs of the incumbent. */
  readonly incumbentRuns: readonly FinishedRun[];
}

export interface Turns {
  /** Whether there is an incumbent to take turns with. */
  readonly against: boolean;
  look(sides: Sides): Decision;
  /** Null when Stop now came first. */
  run(side: Side, sides: Sides): Promise<FinishedRun | null>;
  /** Durable when it resolves. */
  save(sides: Sides): Promise<void>;
}

/** How a contest ended: by a decision, or by the candidate's run that has no score. */
export type Ending = Sides &
  (
    | { readonly decision: Decision; readonly failed: null }
    | { readonly decision: null; readonly failed: Exclude<FinishedRun, { status: "scored" }> }
  );

/** Goes on from `start`, which may be in the middle of a round. */
export async function takeTurns({ runs, incumbentRuns }: Sides, turns: Turns): Promise<Ending | null> {
  let sides: Sides = { runs, incumbentRuns };
  for (;;) {
    const failed = sides.runs.find((run) => run.status !== "scored");
    if (failed) return { ...sides, decision: null, failed };
    let side = dueSide(sides, turns.against);
    if (side === null) {
      const decision = turns.look(sides);
      if (decision.verdict !== "replicate") return { ...sides, decision, failed: null };
      side = turns.against ? "incumbent" : "candidate";
    }
    const result = await turns.run(side, sides);
    if (result === null) return null;
    sides =
      side === "candidate"
        ? { ...sides, runs: [...sides.runs, result] }
        : { ...sides, incumbentRuns: [...sides.incumbentRuns, result] };
    await turns.save(sides);
  }
}

/** Whose run is due before anyone looks, or null when it is time to look. */
function dueSide({ runs, incumbentRuns }: Sides, against: boolean): Side | null {
  if (runs.length === 0) return "candidate";
  // The incumbent has had its turn of this round, the candidate has not.
  return against && incumbentRuns.length === runs.length ? "candidate" : null;
}
