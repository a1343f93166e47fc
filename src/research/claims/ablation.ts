// Ablation: takes each kept change alone out of the incumbent, and tests by the paired rule whether the incumbent is
// better with it. It has a journal of its own, so it can be stopped and continued.
import { LabError } from "../../error.ts";
import type { Json } from "../../repo/index.ts";
import { chunkBytes, nextSeed, scoredRuns } from "../experiment/run-experiment.ts";
import { failedRun, nextTurn, type Side, withRun } from "../experiment/next-turn.ts";
import type { Control } from "../experiment/context.ts";
import { type Bench, runToItsEnd } from "../experiment/run-to-its-end.ts";
import { excerpt } from "../../text.ts";
import { mergeLines } from "./merge.ts";
import type { ExperimentRecord, Sides } from "../contract/experiment.ts";
import type { FinishedRun } from "../../runner/index.ts";
import type { AblationRow, AblationView } from "../contract/lab-state.ts";
import { decide } from "../verdict/statistics.ts";
import { chunkBytesOf, incumbentOf, otherGroups, runsOf, type Study } from "../study/study.ts";
import { bpb, type Contest, type Decision, evidenceOf, type ScoredRun } from "../verdict/verdict.ts";

/** One kept change, with the finished runs without it (`runs`) and with it (`incumbentRuns`). */
interface Entry extends Sides {
  readonly row: AblationRow;
  /** The incumbent without the change; null when the change cannot be taken out, or nothing of it is left. */
  readonly source: string | null;
}

export interface Ablation {
  readonly version: 1;
  /** Commit of the ablated incumbent; the ablation of an earlier incumbent is not continued. */
  readonly incumbent: string;
  readonly number: number;
  readonly entries: readonly Entry[];
}

export const ablationJournal = (tag: string): string => `ablation-${tag}`;

/** Reads a stored ablation, without validation since only the lab writes it; null: none of this version. */
export function parseAblation(value: Json | undefined): Ablation | null {
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : null;
  return version === 1 ? (value as unknown as Ablation) : null;
}

/** A change with P(it helps) at or below this is harmful: as certain as the rule is when it keeps one after one run. */
const HARM = 0.005;

/** The plan for the present incumbent. Throws LabError `value` when nothing was kept besides the baseline. */
export function planAblation(study: Study): Ablation {
  const incumbent = incumbentOf(study);
  const kept = study.records.filter(({ status, parent }) => status === "keep" && parent !== null);
  if (incumbent === null || kept.length === 0) {
    throw new LabError("value", "there is nothing to ablate: no change was kept yet");
  }
  return {
    version: 1,
    incumbent: incumbent.commit,
    number: incumbent.number,
    entries: kept.map((record) => entryOf(study, record, incumbent)),
  };
}

function entryOf(study: Study, record: ExperimentRecord, incumbent: ExperimentRecord): Entry {
  const parent = record.parent === null ? undefined : study.records[record.parent];
  const before = parent?.source ?? study.seedSource;
  const source = mergeLines(record.source, incumbent.source, before);
  const { number } = record;
  const row = {
    number,
    hypothesis: excerpt(record.hypothesis),
    gain: null,
    standardError: null,
    better: null,
    runs: 0,
    claimedGain:
      record.incumbentBpb === null || record.valBpb === null ? null : record.incumbentBpb - record.valBpb,
  };
  const none = { runs: [], incumbentRuns: [] };
  if (source === null) {
    const reason = "later changes touch the same lines: it does not come out alone";
    return { ...none, source: null, row: { ...row, status: "entangled", reason } };
  }
  if (source === incumbent.source) {
    return { ...none, source: null, row: { ...row, status: "gone", reason: "nothing of it is left" } };
  }
  return { ...none, source, row: { ...row, status: "waiting", reason: "" } };
}

/** Measures the entries that still wait, saving after every run; null when Stop came first. */
export async function ablate(
  bench: Omit<Bench, "study"> & { readonly study: Study },
  start: Ablation,
  keep: (now: Ablation) => Promise<void>,
  control: Control,
): Promise<Ablation | null> {
  let now = start;
  const put = async (index: number, entry: Entry) => {
    now = { ...now, entries: now.entries.map((old, i) => (i === index ? entry : old)) };
    await keep(now);
  };
  for (const [index, { source, row }] of start.entries.entries()) {
    if (row.status !== "waiting" || source === null) continue;
    const entry = now.entries[index];
    if (control.pause.aborted || entry === undefined) return null;
    const before = now.entries.slice(0, index);
    const earlier = {
      incumbent: before.flatMap(({ incumbentRuns }) => incumbentRuns),
      others: before.map(({ runs }) => scoredRuns(runs, bench.study.file.seed)),
    };
    const save = (sides: Sides) => put(index, { ...entry, ...sides });
    const done = await measureWithout(bench, { entry, source, earlier }, save, control);
    if (done === null) return null;
    await put(index, done);
  }
  return now;
}

/** Runs of earlier rows: more runs of the incumbent, and groups that measure the noise. */
interface Earlier {
  readonly incumbent: readonly FinishedRun[];
  readonly others: readonly (readonly ScoredRun[])[];
}

async function measureWithout(
  bench: Omit<Bench, "study"> & { readonly study: Study },
  what: { readonly entry: Entry; readonly source: string; readonly earlier: Earlier },
  save: (sides: Sides) => Promise<void>,
  control: Control,
): Promise<Entry | null> {
  const { entry, source, earlier } = what;
  const { study, listener } = bench;
  const incumbent = incumbentOf(study);
  if (incumbent === null) return null;
  // The runs that the incumbent was kept for were selected for being low; only its later runs are unbiased.
  const all = runsOf(study, incumbent);
  const since = nextSeed(all);
  const known = [...all.slice(incumbent.runs.length), ...scoredRuns(earlier.incumbent, since)];
  const fresh = since + earlier.incumbent.length;
  const contestOf = (sides: Sides): Contest => ({
    // The change is tested: the source with it is the candidate, the source without it the incumbent.
    candidate: [...known, ...scoredRuns(sides.incumbentRuns, fresh)],
    incumbent: scoredRuns(sides.runs, study.file.seed),
    bytes: chunkBytes(sides) ?? chunkBytesOf(study),
    others: [...otherGroups(study, incumbent), ...earlier.others],
    code: { candidate: 1, incumbent: 1 },
  });
  const name = `#${entry.row.number}`;
  const { number, hypothesis } = entry.row;
  listener.began({
    number,
    refused: null,
    seed: study.file.seed,
    startedAt: bench.clock.now(),
    runs: [],
    incumbentRuns: [],
    proposal: {
      hypothesis: `Without #${number}: ${hypothesis}`,
      source,
      category: "ablation",
      researcher: "lab",
    },
  });
  const wantedOf = (side: Side, run: number) =>
    side === "candidate"
      ? { source, seed: study.file.seed + run, name: `the incumbent without ${name}` }
      : { source: incumbent.source, seed: fresh + run, name: "the incumbent" };
  let sides: Sides = { runs: entry.runs, incumbentRuns: entry.incumbentRuns };
  for (;;) {
    const contest = contestOf(sides);
    const decision = lookAt(contest, sides.runs.length, study.file.cap);
    const side = nextTurn(sides, decision.verdict, false);
    if (side === null) return { ...entry, ...sides, row: rowOf(entry.row, sides, contest, decision) };
    const run = (side === "candidate" ? sides.runs : sides.incumbentRuns).length;
    listener.turn(side, run + 1);
    const id = `${study.file.study}/ablation/${number}/${side}/${run}`;
    const result = await runToItsEnd(bench, { ...wantedOf(side, run), id, othersRan: true }, control);
    if (result === null) return null;
    sides = withRun(sides, side, result);
    await save(sides);
  }
}

/** The row of a change after its last run. */
function rowOf(row: AblationRow, sides: Sides, contest: Contest, decision: Decision): AblationRow {
  const failed = failedRun(sides);
  const runs = sides.runs.length;
  if (failed !== null) {
    const reason = `without it train.ts ends as ${failed.status}: ${failed.reason}`;
    return { ...row, status: "needed", reason, runs };
  }
  const { gain, standardError, better } = evidenceOf(contest);
  const status = decision.verdict === "keep" ? "real" : better <= HARM ? "harmful" : "rides along";
  return { ...row, status, reason: decision.reason, gain, standardError, better, runs };
}

/** The paired rule, with the incumbent as the candidate: the change has to prove its gain. */
function lookAt(contest: Contest, runs: number, cap: number): Decision {
  if (contest.candidate.length === 0 || contest.incumbent.length === 0)
    return { verdict: "replicate", reason: "", evidence: null };
  const evidence = evidenceOf(contest);
  const verdict = decide(evidence, runs, { cap, minimumGain: 0 });
  const blind = evidence.noise.degrees === 0 && runs < cap;
  if (verdict === "replicate" || blind) {
    return { verdict: "replicate", reason: "", evidence };
  }
  const { gain, standardError, better } = evidence;
  const how = `${bpb(Math.abs(gain))} ± ${bpb(standardError)} ${gain > 0 ? "worse" : "better"} without it`;
  return { verdict, reason: `${how}: P(it helps) ${better.toFixed(3)}`, evidence };
}

/** The ablation as the page shows it. */
export function ablationView({ incumbent, number, entries }: Ablation): AblationView {
  const rows = entries.map(({ row }) => row);
  return { incumbent, number, rows, done: rows.every(({ status }) => status !== "waiting") };
}
