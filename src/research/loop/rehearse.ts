// A rehearsal for a researcher that is about to propose. While a run trains the answer is "later": the proposal's own
// run rehearses it before its clock starts (see repair.ts).
import type { Rehearsed } from "../../researchers/index.ts";
import type { Rehearsal, RunCorpus, Runner } from "../../runner/index.ts";
import { earlierIn } from "../experiment/run-experiment.ts";
import type { Study } from "../study/study.ts";

/** A researcher's rehearsal may take this long [ms]. */
const LIMIT = 90_000;

export async function rehearse(
  runner: Pick<Runner, "rehearse">,
  { file, records }: Pick<Study, "file" | "records">,
  corpus: RunCorpus,
  source: string,
  signal: AbortSignal,
): Promise<Rehearsed> {
  const late = AbortSignal.timeout(LIMIT);
  const earlier = earlierIn({ records }, file.seed);
  const request = { id: `${file.study}/rehearsal`, source, arena: file, seed: file.seed, corpus, earlier };
  const rehearsal = await runner.rehearse(request, AbortSignal.any([signal, late]));
  if (late.aborted && !signal.aborted)
    return { outcome: "failed", words: `three steps took over ${LIMIT / 1000} s` };
  // The researcher can still repair the proposal; a run would only get a warning.
  if (rehearsal.status === "passed" && rehearsal.silent !== "")
    return { outcome: "failed", words: rehearsal.silent };
  return { outcome: OUTCOMES[rehearsal.status], words: wordsOf(rehearsal, file.budgetSeconds) };
}

const OUTCOMES = { passed: "passed", failed: "failed", none: "later" } as const;

function wordsOf(rehearsal: Rehearsal, budgetSeconds: number): string {
  if (rehearsal.status !== "passed") return rehearsal.reason;
  const { stepMs, tokensPerSecond, peakBytes, parameters } = rehearsal;
  return [
    `${stepMs.toPrecision(3)} ms a step`,
    `about ${Math.floor((1000 * budgetSeconds) / Math.max(stepMs, 1e-3))} steps in the budget`,
    `${Math.round(tokensPerSecond)} tokens a second`,
    `${parameters} parameters`,
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB at peak`,
  ].join(", ");
}
