// Runs a commit again with its own seed and arena, to verify its score.
import { brokenClaim, judgeClaim, runsNeeded } from "./claim.ts";
import { scoredRuns } from "../experiment/run-experiment.ts";
import type { Control } from "../experiment/context.ts";
import { type Bench, runToItsEnd } from "../experiment/run-to-its-end.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import type { FinishedRun } from "../../runner/index.ts";
import type { ReplayView } from "../contract/lab-state.ts";
import type { Study } from "../study/study.ts";

/** The verdict on the record's claim, or null when Stop now came first. `runs` null: as many as the noise needs. */
export async function replay(
  bench: Omit<Bench, "study"> & { readonly study: Study },
  record: ExperimentRecord,
  runs: number | null,
  control: Control,
): Promise<ReplayView | null> {
  const { study, listener } = bench;
  const wanted = Math.max(1, runs ?? runsNeeded(study));
  const { number, hypothesis, source, seed } = record;
  listener.began({
    number,
    refused: null,
    seed,
    startedAt: bench.clock.now(),
    runs: [],
    incumbentRuns: [],
    proposal: { hypothesis: `Run again: ${hypothesis}`, source, category: "verify", researcher: "lab" },
  });
  const finished: FinishedRun[] = [];
  while (finished.length < wanted) {
    const run = finished.length;
    listener.turn("candidate", run + 1);
    const result = await runToItsEnd(
      bench,
      {
        id: `${study.file.study}/verify/${record.number}/${run}`,
        name: `#${record.number}`,
        source: record.source,
        seed: record.seed + run,
        othersRan: false,
      },
      control,
    );
    if (result === null) return null;
    if (result.status !== "scored") return brokenClaim(record, result.status, result.reason);
    finished.push(result);
  }
  const last = finished.at(-1);
  const tokens = finished.reduce((sum, run) => sum + run.tokens, 0) / finished.length;
  return judgeClaim(study, record, scoredRuns(finished, record.seed), {
    tokens: Math.round(tokens),
    device: last?.device ?? "",
  });
}
