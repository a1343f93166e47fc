// Turns a brief into a proposal that is new and type-checks. Any other goes back to the researcher with the
// reason, at most twice, before it costs an experiment.
import { type Brief, duplicateOf, REPAIRS, type Rejection } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Candidate, Checked } from "../contract/lab-state.ts";
import { sentBackFor } from "../study/journal.ts";
import type { LoopContext, LoopListener } from "../experiment/context.ts";
import {
  candidateFile,
  historyOfStudy,
  incumbentOf,
  incumbentSource,
  runsOf,
  studyNoise,
} from "../study/study.ts";
import { meanBpb } from "../verdict/verdict.ts";

/** Asks the researcher until its proposal is new and type-checks, or the slot's repairs are used up. */
export async function propose(context: LoopContext, brief: Brief, signal: AbortSignal): Promise<Checked> {
  const rejected: Rejection[] = [...brief.rejected];
  const used = sentBackFor(context.journal.now, brief.number).length;
  const repairs = rejected.length + Math.max(0, REPAIRS - used);
  for (;;) {
    const proposal = await context.researcher.propose({ ...brief, rejected }, signal);
    const repeat = repeated(proposal.source, brief);
    const reason = repeat ?? (await typeError(context, proposal.source, candidateFile(context.study.file)));
    if (reason === null) return { proposal, refused: null };
    if (rejected.length < repairs) {
      rejected.push({ source: proposal.source, hypothesis: proposal.hypothesis, reason });
    } else if (repeat !== null) {
      throw new LabError("proposal", { what: `${proposal.researcher} proposed ${repeat} again and again` });
    } else {
      return { proposal, refused: reason };
    }
  }
}

/** `the same program as #3` when this train.ts is not new, else null. */
export function repeated(source: string, brief: Pick<Brief, "history" | "pending">): string | null {
  const earlier = [...brief.history, ...brief.pending];
  const duplicate = duplicateOf(source, earlier);
  if (duplicate) return `the same program as #${duplicate.number}`;
  const failed = earlier.find(({ sentBack = [] }) => duplicateOf(source, sentBack));
  return failed ? `the same program as one that failed in its rehearsal before #${failed.number}` : null;
}

/** The first type error, as a line for the researcher, or null. If the check itself fails, a warning is enough. */
export async function typeError(
  context: Pick<LoopContext, "check"> & { readonly listener: Pick<LoopListener, "notice"> },
  source: string,
  file = "train.ts",
): Promise<string | null> {
  try {
    const [first, ...more] = await context.check(source);
    if (!first) return null;
    const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
    return `${file}:${first.line}: ${first.message}${others}`;
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "check") throw error;
    context.listener.notice("warning", `${file} was not type-checked: ${error.message}`);
    return null;
  }
}

/** The brief for the next experiment, from the present state of the study. */
export function briefNow(context: LoopContext): Brief {
  const { study } = context;
  const incumbent = incumbentOf(study);
  const noise = studyNoise(study);
  return {
    number: study.records.length,
    program: context.program(),
    source: incumbentSource(study),
    incumbent: incumbent && {
      number: incumbent.number,
      commit: incumbent.commit,
      valBpb: meanBpb(runsOf(study, incumbent)),
    },
    history: historyOfStudy(study),
    pending: [],
    rejected: [
      ...(context.gate?.rejected(study.records.length) ?? []),
      ...sentBackFor(context.journal.now, study.records.length),
    ],
    ...(noise === null ? {} : { noise: noise.deviation }),
    seqLen: study.file.seqLen,
    endsByTokens: (study.file.budgetTokens ?? 0) > 0,
    seed: study.file.seed,
    manual: context.manual,
  };
}

/** The brief for the experiment after the running one, assuming the outcome of that one. */
export function briefAfter(
  context: LoopContext,
  { proposal, number }: Candidate,
  outcome: "keep" | "discard",
): Brief {
  const now = briefNow(context);
  const pending = {
    number,
    source: proposal.source,
    hypothesis: proposal.hypothesis,
    category: proposal.category,
    sentBack: sentBackFor(context.journal.now, number),
  };
  const kept = { source: proposal.source, incumbent: { number, valBpb: null, commit: "" } };
  return {
    ...now,
    number: number + 1,
    rejected: [],
    pending: [pending],
    ...(outcome === "keep" ? kept : {}),
  };
}
