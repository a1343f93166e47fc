// The list of studies: what is there, deleting one, and putting it back.
import { LabError } from "../../error.ts";
import type { Repository } from "../../repo/index.ts";
import type { StudyRow } from "../contract/lab-state.ts";
import type { Session } from "./session.ts";

/** Puts the names of all studies on the page. */
export async function showStudies(session: Session): Promise<void> {
  const repository = session.opened();
  session.parts.publisher.set({
    studies: (await repository.listStudies()).map(({ tag }) => tag),
    deleted: await repository.deletedStudies(),
  });
}

export async function studyRows(repository: Repository): Promise<readonly StudyRow[]> {
  const rows: StudyRow[] = [];
  for (const { tag } of await repository.listStudies()) {
    const entries = await repository.log(`notebook/${tag}`);
    // The first two commits open the study and its notebook; every other one is an experiment.
    rows.push({ tag, experiments: entries.length - 2, changedAt: entries[0]?.date.getTime() ?? 0 });
  }
  return rows;
}

/** Takes a study out of the list. LabError "value" for the one on the page, or while a study runs. */
export async function deleteStudy(session: Session, tag: string): Promise<void> {
  const { repository } = session.idle();
  if (session.study?.file.study === tag)
    throw new LabError("value", { what: `study ${tag} is open`, hint: "open another one, then delete it" });
  await repository.deleteStudy(tag);
  await showStudies(session);
}

export async function restoreStudy(session: Session, tag: string): Promise<void> {
  const { repository } = session.idle();
  await repository.restoreStudy(tag);
  await showStudies(session);
}
