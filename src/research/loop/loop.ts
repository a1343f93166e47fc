// The loop: propose, check, run, decide, commit, remember. Its state is in the journal, so a new loop continues where
// the last one ended.
import { LabError } from "../../error.ts";
import type { Proposal } from "../../researchers/index.ts";
import { commitSafely, recordOf } from "../experiment/commit-experiment.ts";
import { runExperiment } from "../experiment/run-experiment.ts";
import { crashBackoff } from "./crash-backoff.ts";
import { sentBackFor, type Journal, type Queued } from "../study/journal.ts";
import type { Control, LoopContext, LoopListener } from "../experiment/context.ts";
import { type Prepared, prepareNext } from "./prefetch.ts";
import { briefNow, propose, repeated } from "./propose.ts";
import type { Candidate, Checked, StoredRecord } from "../contract/experiment.ts";
import { sendBack } from "./repair.ts";
import type { ExperimentStatus } from "../contract/lab-state.ts";
import { candidateFile, historyOfStudy } from "../study/study.ts";

/** Why a loop came to its end without an error. */
export type End = "stopped" | "limit" | "exhausted";

/** Runs experiments until Stop, the limit, or until nothing is left to try. Throws the lab's own failures. */
export async function runLoop(context: LoopContext, control: Control): Promise<End> {
  let late: Promise<Checked | null> | null = null;
  for (;;) {
    if (reachesLimit(context, context.study.records.length)) return "limit";
    if (control.pause.aborted) return "stopped";
    const slot: Candidate | "exhausted" | null =
      currentSlot(context) ?? (await fillSlot(context, control, late));
    if (slot === "exhausted") return slot;
    if (slot === null) return "stopped";
    const answer = (await context.gate?.admit(slot, control.pause)) ?? "run";
    if (answer === "stopped") return "stopped";
    if (answer === "again") {
      await context.journal.update(() => ({ slot: null }));
      late = null;
      continue;
    }
    const began = context.clock.now();
    context.listener.began(slot);
    const waiting = context.journal.now.queue[0];
    const last = reachesLimit(context, slot.number + 1);
    const ahead: { prepared: Prepared | null } = { prepared: null };
    // The next proposal is made only when the clock runs: a candidate that fails in its rehearsal is replaced first.
    const listener = whenTraining(context.listener, () => {
      const waits = (context.outside?.() ?? NO_WAIT).waitSeconds > 0;
      if (!waiting && !waits && !last) ahead.prepared ??= prepareNext(context, slot, control.signal);
    });
    context.listener.next(waiting ? proposalOf(waiting) : null);
    const outcome = await runExperiment({ ...context, listener }, slot, control);
    if (outcome === null) return "stopped";
    const back = sendBack(slot, outcome, context.journal.now);
    if (back !== null) {
      await context.journal.update(({ sentBack }) => ({ slot: null, sentBack: [...sentBack, back] }));
      late = null;
      continue;
    }
    const { prepared } = ahead;
    context.researcher.hurry?.();
    context.listener.stage("deciding", outcome.reason, 0, 0);
    const stored = recordOf(context, slot, outcome, (context.clock.now() - began) / 1000);
    const next: Checked | null =
      control.pause.aborted || !prepared ? null : await nextFor(context, prepared, stored.status);
    context.listener.stage("committing", "", 0, 0);
    const { record, leaked } = await commitSafely(context, slot, stored, (journal, without) =>
      // The prepared proposal builds on the text that was taken out.
      advance(context, journal, stored, without ? null : next),
    );
    context.listener.committed(record);
    late = !leaked && next === null && prepared ? prepared.take(stored.status) : null;
    await crashBackoff(context, control);
  }
}

/** The same listener, which also calls `then` whenever a run's clock starts. */
function whenTraining(listener: LoopListener, then: () => void): LoopListener {
  return {
    ...listener,
    run: (event) => {
      if (event.type === "stage" && event.stage === "training") then();
      listener.run(event);
    },
  };
}

function reachesLimit({ journal }: LoopContext, experiments: number): boolean {
  const { limit } = journal.now;
  return limit > 0 && experiments >= limit;
}

/** The journal's slot, unless it was committed already (its number is taken). */
function currentSlot({ journal, study }: LoopContext): Candidate | null {
  const { slot } = journal.now;
  return slot?.number === study.records.length ? slot : null;
}

/** Chooses and journals the next experiment: the baseline, the human's, or the researcher's (`late`: being made). */
async function fillSlot(
  context: LoopContext,
  control: Control,
  late: Promise<Checked | null> | null,
): Promise<Candidate | "exhausted" | null> {
  const { study, journal, listener } = context;
  const back = sentBackFor(journal.now, study.records.length).at(-1);
  listener.stage("proposing", back ? `asked again after: ${back.reason}` : "", 0, 0);
  if (study.records.length === 0) return journalSlot(context, { proposal: baseline(context), refused: null });
  const outside = context.outside?.() ?? NO_WAIT;
  if (outside.waitSeconds > 0) await waitForQueue(context, outside.waitSeconds, control.pause);
  const queued = journal.now.queue[0];
  if (queued) {
    const duplicate = repeated(queued.source, { history: historyOfStudy(study), pending: [] });
    const checked = { proposal: proposalOf(queued), refused: null };
    if (duplicate === null) return journalSlot(context, checked, (now) => ({ queue: now.queue.slice(1) }));
    listener.notice(
      "warning",
      `The proposal “${queued.hypothesis}” is ${duplicate}; it was taken off the queue.`,
    );
    await journal.update((now) => ({ queue: now.queue.slice(1) }));
    return fillSlot(context, control, late);
  }
  if (control.pause.aborted) return null;
  if (outside.waitSeconds > 0 && !outside.fillIn) {
    listener.notice(
      "warning",
      `No proposal came within ${outside.waitSeconds} s, and no researcher fills in.`,
    );
    return "exhausted";
  }
  try {
    const checked = (await late) ?? (await propose(context, briefNow(context), control.signal));
    return control.signal.aborted ? null : await journalSlot(context, checked);
  } catch (error) {
    if (control.signal.aborted) return null;
    if (!(error instanceof LabError) || error.code !== "proposal") throw error;
    listener.notice("warning", `The researcher has nothing to propose: ${error.message}`);
    return "exhausted";
  }
}

async function journalSlot(
  context: LoopContext,
  checked: Checked,
  also: (journal: Journal) => Partial<Journal> = () => ({}),
): Promise<Candidate> {
  const slot = newSlot(context, context.study.records.length, checked);
  await context.journal.update((journal) => ({ slot, ...also(journal) }));
  return slot;
}

function newSlot({ study, clock }: LoopContext, number: number, { proposal, refused }: Checked): Candidate {
  return {
    number,
    proposal,
    refused,
    seed: study.file.seed,
    startedAt: clock.now(),
    runs: [],
    incumbentRuns: [],
  };
}

function baseline({ study }: LoopContext): Proposal {
  const { arena, tier } = study.file;
  const where = arena ? `in ${arena.id}` : `on a ${tier} adapter`;
  return {
    hypothesis: `Baseline: ${candidateFile(study.file)} as the study begins, ${where}`,
    source: study.seedSource,
    category: "baseline",
    researcher: "lab",
  };
}

function proposalOf(queued: Queued): Proposal {
  return { category: "human", researcher: "human", outside: true, ...queued };
}

const NO_WAIT = { waitSeconds: 0, fillIn: true } as const;
const POLL = 250; // ms between two looks at the queue

/** Resolves when a proposal waits in the queue, the time is over, or Stop was pressed. */
async function waitForQueue(
  { journal, clock, listener }: LoopContext,
  seconds: number,
  stop: AbortSignal,
): Promise<void> {
  const end = clock.now() + seconds * 1000;
  if (journal.now.queue.length === 0) listener.stage("proposing", "waiting for a proposal", 0, 0);
  while (journal.now.queue.length === 0 && !stop.aborted && clock.now() < end)
    await clock.sleep(Math.min(POLL, end - clock.now()), stop);
}

/** The prepared proposal for the run's outcome; null when none is ready, or a queued proposal comes first. */
async function nextFor(
  context: LoopContext,
  prepared: Prepared,
  status: ExperimentStatus,
): Promise<Checked | null> {
  if (context.journal.now.queue.length > 0) return null;
  // A slow researcher must not delay the commit of a finished experiment; a free one answers in milliseconds.
  return context.researcher.free
    ? prepared.take(status)
    : Promise.race([prepared.take(status), Promise.resolve(null)]);
}

/** The journal after the commit: the next slot, if its proposal is known and comes next. */
function advance(
  context: LoopContext,
  journal: Journal,
  done: StoredRecord,
  next: Checked | null,
): Partial<Journal> {
  const number = done.number + 1;
  const over = journal.limit > 0 && number >= journal.limit;
  const slot = next && !over && journal.queue.length === 0 ? newSlot(context, number, next) : null;
  return { slot, sentBack: [] };
}
