// The versions of program.md in a study, and what each of them led to: every experiment's commit holds the text that its
// researcher read.
import type { Repository } from "../../repo/index.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import type { ProgramVersion } from "../contract/lab-state.ts";

type Judged = Pick<ExperimentRecord, "number" | "commit" | "status" | "valBpb">;

/** Oldest first. Reads one file per experiment. Throws LabError "git". */
export async function programHistory(
  repository: Pick<Repository, "readFile">,
  records: readonly Judged[],
): Promise<readonly ProgramVersion[]> {
  const versions: ProgramVersion[] = [];
  let best: number | null = null;
  for (const { number, commit, status, valBpb } of records) {
    const text = await repository.readFile(commit, "program.md");
    const kept = status === "keep" ? 1 : 0;
    const before = best;
    if (kept === 1 && valBpb !== null) best = valBpb;
    const last = versions.at(-1);
    if (last?.text === text)
      versions[versions.length - 1] = { ...last, to: number, kept: last.kept + kept, after: best };
    else versions.push({ text, from: number, to: number, kept, before, after: best });
  }
  return versions;
}
