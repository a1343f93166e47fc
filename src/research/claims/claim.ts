// The score that a study claims for a commit, and whether fresh runs confirm it. The study is the open one, or one in a
// bundle that is read without being imported.
import { LabError } from "../../error.ts";
import type { ReplayView } from "../contract/lab-state.ts";
import {
  candidateFile,
  chunkBytesOf,
  fixedTexts,
  incumbentOf,
  otherGroups,
  readArena,
  type Study,
} from "../study/study.ts";
import { bpb, evidenceOf, meanBpb, noiseOf, type ScoredRun } from "../verdict/verdict.ts";
import { notebookBranch, type Repository, studyBranch } from "../../repo/index.ts";
import { type Audit, linesOf, type Papers } from "./audit.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";

/** The papers of the first study among a bundle's branches. Throws LabError `git`. */
export async function papersOfBundle(
  repository: Papers["repository"],
  branches: readonly { readonly branch: string; readonly oid: string }[],
): Promise<Papers> {
  const named = (kind: string, tag: string) =>
    branches.find(({ branch }) => branch.endsWith(`${kind}/${tag}`));
  for (const { branch } of branches) {
    const tag = branch.slice(branch.lastIndexOf("/") + 1);
    const [line, notebook] = [named("autoresearch", tag), named("notebook", tag)];
    if (line && notebook) return papersOf(repository, tag, line, notebook);
  }
  throw new LabError("git", {
    what: "the bundle is not a study's",
    got: branches.map(({ branch }) => branch).join(", "),
    expected: "the branches autoresearch/TAG and notebook/TAG",
  });
}

/** The papers of a study of the lab's own repository. */
export async function papersOfStudy(repository: Repository, tag: string): Promise<Papers> {
  const study = (await repository.listStudies()).find((found) => found.tag === tag);
  if (!study)
    throw new LabError("git", { what: `there is no study ${tag}`, hint: "see the list of studies" });
  const line = { branch: studyBranch(tag), oid: study.incumbent };
  return papersOf(repository, tag, line, { branch: notebookBranch(tag), oid: study.notebook });
}

async function papersOf(
  repository: Papers["repository"],
  tag: string,
  line: Papers["line"],
  notebook: Papers["notebook"],
): Promise<Papers> {
  const root = (await repository.log(line.branch)).at(-1)?.oid ?? line.oid;
  const file = readArena(await repository.readFile(root, "arena.json"), tag);
  return { repository, tag, line, notebook, root, file };
}

/** The study, with the records that an audit read. */
export async function studyOf({ repository, file, root, line }: Papers, audit: Audit): Promise<Study> {
  return {
    file,
    fixed: await fixedTexts(repository, root),
    incumbentCommit: line.oid,
    seedSource: await repository.readFile(root, candidateFile(file)),
    records: audit.entries.flatMap(({ record }) => record ?? []),
  };
}

/** The experiment of an abbreviated commit or number; null: the incumbent. Throws LabError `value` without a score. */
export function findClaim(study: Study, what: string | null): ExperimentRecord {
  const found =
    what === null
      ? incumbentOf(study)
      : study.records.find(({ number, commit }) => names(what, number, commit));
  if (!found) {
    throw new LabError("value", {
      what: what === null ? "the study has kept nothing yet" : `study ${study.file.study} has no ${what}`,
      expected: `a commit of its notebook, or a number up to ${study.records.length - 1}`,
    });
  }
  if (found.valBpb === null || found.runs.length === 0) {
    throw new LabError("value", {
      what: `#${found.number} claims no score`,
      got: found.status,
      hint: "verify an experiment that was scored",
    });
  }
  return found;
}

/** The fewest runs of a replay: three when it must measure the noise itself, else one. */
export function runsNeeded(study: Study): number {
  const none = { candidate: [], incumbent: [], others: otherGroups(study, null), bytes: chunkBytesOf(study) };
  return noiseOf(none).degrees === 0 ? 3 : 1;
}

/** A claim does not hold if a difference this large, to either side, is less likely than this for an honest claim. */
const DOUBT = 0.025;
/** A replay that trained more tokens than this share of the claim's may score lower. */
const MORE = 1.05;

/** Weighs fresh runs of a train.ts against the runs it claims. */
export function judgeClaim(
  study: Study,
  record: ExperimentRecord,
  fresh: readonly ScoredRun[],
  trained: { readonly tokens: number; readonly device: string },
): ReplayView {
  const claimed = record.runs;
  const evidence = evidenceOf({
    candidate: fresh,
    incumbent: claimed,
    bytes: chunkBytesOf(study),
    others: otherGroups(study, record),
  });
  const { gain, standardError, better } = evidence;
  const within = better >= DOUBT && better <= 1 - DOUBT;
  const share = record.tokens > 0 ? trained.tokens / record.tokens : 1;
  const measured = meanBpb(fresh);
  const how = gain < 0 ? "higher" : "lower";
  const size = `${bpb(Math.abs(gain))} ± ${bpb(standardError)} ${how}`;
  const scores = `claimed ${bpb(meanBpb(claimed))}, measured ${bpb(measured)} over ${plural(fresh.length)}: ${size}`;
  return {
    number: record.number,
    commit: record.commit,
    contradictions: [],
    // A lower score beyond the noise also confirms the claim if the replay trained more tokens.
    holds: within || (gain > 0 && share > MORE),
    claimed: meanBpb(claimed),
    measured,
    difference: -gain,
    standardError,
    chance: better,
    runs: fresh.length,
    tokens: trained.tokens,
    claimedTokens: record.tokens,
    device: trained.device,
    claimedDevice: record.device,
    reason: `${scores}, ${within ? "within the noise" : `beyond the noise`}${tokensNote(trained.tokens, record.tokens)}`,
  };
}

/** The tokens of the replay and of the claim, where they differ. */
function tokensNote(trained: number, claimed: number): string {
  if (trained === claimed) return "";
  const share = claimed > 0 ? ` (${Math.round((100 * trained) / claimed)} %)` : "";
  return `; trained ${trained} tokens here, ${claimed} for the claim${share}`;
}

const plural = (runs: number) => (runs === 1 ? "1 run" : `${runs} runs`);

const NOTHING = {
  measured: null,
  difference: null,
  standardError: null,
  chance: null,
  runs: 0,
  tokens: 0,
  device: "",
};

/** The verdict on a claim whose train.ts did not reach a score again. */
export function brokenClaim(record: ExperimentRecord, status: string, reason: string): ReplayView {
  return {
    ...NOTHING,
    number: record.number,
    commit: record.commit,
    holds: false,
    contradictions: [],
    claimed: meanBpb(record.runs),
    claimedTokens: record.tokens,
    claimedDevice: record.device,
    reason: `claimed ${bpb(meanBpb(record.runs))}; run again it ended as ${status}: ${reason}`,
  };
}

/** The most contradictions to list; the reason counts them all. */
const LISTED = 20;

/** The verdict on a claim of a study that contradicts itself: nothing is run for it. */
export function contradicted(
  { line }: Papers,
  { entries, contradictions }: Audit,
  what: string | null,
): ReplayView {
  const asked = entries.find(({ number, experiment: { oid } }) =>
    what === null ? oid === line.oid : names(what, number, oid),
  );
  const lines = linesOf(contradictions, asked?.number ?? -1);
  const more = lines.length > 1 ? `, and ${lines.length - 1} more` : "";
  return {
    ...NOTHING,
    number: asked?.number ?? 0,
    commit: asked?.experiment.oid ?? line.oid,
    holds: false,
    claimed: asked?.record?.valBpb ?? null,
    claimedTokens: asked?.record?.tokens ?? 0,
    claimedDevice: asked?.record?.device ?? "",
    contradictions: lines.slice(0, LISTED),
    reason: `the study contradicts itself, so nothing was run: ${lines[0] ?? ""}${more}`,
  };
}

/** Whether `what` is this experiment's abbreviated commit or its number. */
const names = (what: string, number: number, commit: string): boolean =>
  (what.length >= 4 && commit.startsWith(what.toLowerCase())) || String(number) === what.replace("#", "");
