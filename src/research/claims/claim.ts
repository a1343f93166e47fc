// What a study claims of one commit, and whether another run bears it out. A study may be the open one, or one that
// came as a bundle and is read without being adopted.
import { LabError } from "../../error.ts";
import type { Repository } from "../../repo/index.ts";
import { recordPath } from "../study/notebook.ts";
import { type ExperimentRecord, parseRecord } from "../study/record.ts";
import type { ReplayView } from "../contract/lab-state.ts";
import { chunkBytesOf, incumbentOf, otherGroups, readArena, type Study } from "../study/study.ts";
import { bpb, evidenceOf, meanBpb, noiseOf, type ScoredRun } from "../verdict/verdict.ts";

/** Reads a whole study from the branches a bundle brought. Throws LabError `git`. */
export async function readBundled(
  repository: Repository,
  branches: readonly { readonly branch: string; readonly oid: string }[],
): Promise<Study> {
  const notebook = branches.find(({ branch }) => branch.includes("notebook/"));
  const line = branches.find(({ branch }) => branch.includes("autoresearch/"));
  if (!notebook || !line) {
    const got = branches.map(({ branch }) => branch).join(", ");
    throw new LabError("git", {
      what: "the bundle is not a study's",
      got,
      expected: "the branches autoresearch/TAG and notebook/TAG",
    });
  }
  const root = (await repository.log(line.branch)).at(-1)?.oid ?? line.oid;
  const tag = line.branch.slice(line.branch.lastIndexOf("/") + 1);
  const records: ExperimentRecord[] = [];
  for (const { parents } of await repository.log(notebook.branch)) {
    const commit = parents[1];
    if (commit === undefined) continue; // the notebook's first commit
    const { trailers, parents: before } = await repository.readCommit(commit);
    const number = Number(trailers.find(([key]) => key === "Experiment")?.[1] ?? NaN);
    const stored = parseRecord(await repository.readFile(notebook.oid, recordPath(number)));
    const source = await repository.readFile(commit, "train.ts");
    records.push({ ...stored, commit, parentCommit: before[0] ?? "", source });
  }
  return {
    file: readArena(await repository.readFile(root, "arena.json"), tag),
    fixed: {},
    seedSource: await repository.readFile(root, "train.ts"),
    incumbentCommit: line.oid,
    records: records.reverse(),
  };
}

/** The experiment a person means: an abbreviated commit, a number, or null for the incumbent. Throws LabError `value`. */
export function findClaim(study: Study, what: string | null): ExperimentRecord {
  const found =
    what === null
      ? incumbentOf(study)
      : (study.records.find(({ commit }) => what.length >= 4 && commit.startsWith(what.toLowerCase())) ??
        study.records.find(({ number }) => String(number) === what.replace("#", "")));
  if (!found) {
    throw new LabError("value", {
      what: what === null ? "the study has kept nothing yet" : `study ${study.file.study} has no ${what}`,
      expected: `a commit of its notebook, or a number up to ${String(study.records.length - 1)}`,
    });
  }
  if (found.valBpb === null || found.runs.length === 0) {
    throw new LabError("value", {
      what: `#${String(found.number)} claims no score`,
      got: found.status,
      hint: "verify an experiment that was scored",
    });
  }
  return found;
}

/** Runs a replay needs at least: without a measured noise it has to measure it itself. */
export function runsNeeded(study: Study): number {
  const none = { candidate: [], incumbent: [], others: otherGroups(study, null), bytes: chunkBytesOf(study) };
  return noiseOf(none).degrees === 0 ? 3 : 1;
}

/** Less likely than this under an honest claim, and it does not hold. One-sided: a better run does not refute it. */
const DOUBT = 0.025;
/** A machine that trained fewer tokens than this share cannot be expected to reach the score. */
const FEWER = 0.8;

/** Weighs fresh runs of a train.ts against the runs it claims. */
export function judgeClaim(
  study: Study,
  record: ExperimentRecord,
  fresh: readonly ScoredRun[],
  trained: { readonly tokens: number; readonly device: string },
): ReplayView {
  const claimed = record.runs;
  const evidence = evidenceOf({
    ...{ candidate: fresh, incumbent: claimed, bytes: chunkBytesOf(study) },
    others: otherGroups(study, record),
  });
  const { gain, standardError, better } = evidence;
  const holds = better >= DOUBT;
  const measured = meanBpb(fresh);
  const size = `${bpb(Math.abs(gain))} ± ${bpb(standardError)} ${gain < 0 ? "higher" : "lower"}`;
  const said = `claimed ${bpb(meanBpb(claimed))}, measured ${bpb(measured)} over ${plural(fresh.length)}: ${size}`;
  const share = record.tokens > 0 ? trained.tokens / record.tokens : 1;
  const slow =
    share < FEWER ? `; this machine trained ${String(Math.round(100 * share))} % of the claim's tokens` : "";
  return {
    ...{ number: record.number, commit: record.commit, holds, claimed: meanBpb(claimed), measured },
    ...{ difference: -gain, standardError, chance: better, runs: fresh.length },
    ...{ tokens: trained.tokens, claimedTokens: record.tokens },
    ...{ device: trained.device, claimedDevice: record.device },
    reason: `${said}, ${holds ? "within the noise" : "beyond the noise"}${slow}`,
  };
}

const plural = (runs: number) => (runs === 1 ? "1 run" : `${String(runs)} runs`);

/** The verdict on a claim whose train.ts would not run again. */
export function brokenClaim(record: ExperimentRecord, status: string, reason: string): ReplayView {
  const nothing = { measured: null, difference: null, standardError: null, chance: null };
  return {
    ...{ number: record.number, commit: record.commit, holds: false, claimed: meanBpb(record.runs) },
    ...nothing,
    ...{ runs: 0, tokens: 0, claimedTokens: record.tokens, device: "", claimedDevice: record.device },
    reason: `claimed ${bpb(meanBpb(record.runs))}; run again it ended as ${status}: ${reason}`,
  };
}
