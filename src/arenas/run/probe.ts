// The probes of a candidate after its score: the same answers in a second realm, and the arena's own probes.
import { LabError } from "../../error.ts";
import type { Arena } from "../contract/arena.ts";
import type { OpenRealm } from "../realm/ask.ts";
import { type Asked, askTasks, drawsOf, scoreSplit, type SplitScore } from "./score-candidate.ts";

/** Number of instances that a second realm repeats, with the same result. */
const REPEATED = 2;
/** Added to the run's seed, so that a probe draws other numbers than any run. */
const OTHER_DRAWS = 2 ** 31;

/** Throws LabError "invalid" where a probe finds something, "crash" where the candidate fails under one. */
export async function probe(
  arena: Arena,
  openRealm: OpenRealm,
  code: string,
  { validation, ...asked }: Omit<Asked, "split" | "most"> & { readonly validation: SplitScore },
  signal: AbortSignal,
): Promise<void> {
  if (arena.manifest.probes.includes("repeat")) {
    const again = { ...asked, split: "validation", most: REPEATED } as const;
    sameAgain(validation, await scoreSplit(arena, openRealm, code, again, signal));
  }
  for (const { name, tasks, sameDraws, check } of arena.probes?.(asked.instances) ?? []) {
    const draws = (i: number) =>
      sameDraws ? drawsOf(asked.seed, "validation", i) : drawsOf(asked.seed + OTHER_DRAWS, "validation", 0);
    const work = { tasks, seeds: tasks.map((_, i) => draws(i)) };
    const { outputs } = await askTasks(arena, openRealm, code, work, signal);
    try {
      check(outputs, validation.outputs);
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "invalid") throw error;
      throw new LabError("invalid", `${name}: ${error.message}`);
    }
  }
}

/** Two realms must give the same answers: a candidate whose answers differ found a clock or a memory. */
function sameAgain(first: SplitScore, again: SplitScore): void {
  again.outputs.forEach((output, i) => {
    if (JSON.stringify(output) !== JSON.stringify(first.outputs[i]) || again.ticks[i] !== first.ticks[i])
      throw new LabError(
        "invalid",
        `validation ${i + 1}: the same draws gave another answer the second time`,
      );
  });
}
