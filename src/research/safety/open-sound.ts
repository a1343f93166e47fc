// Opens the repository if it holds every acknowledged write. Otherwise writes nothing to it, and begins a rescue.
import { LabError } from "../../error.ts";
import type { RawStore, Repository, Witness } from "../../repo/index.ts";
import { JournalKeeper } from "../study/journal.ts";
import { openStudy, type Study } from "../study/study.ts";
import { StoredKeeper } from "../researchers/store.ts";
import { Rescue } from "./rescue.ts";
import type { StoreParts } from "./store-parts.ts";

/** Up to so many objects the whole history is verified before the lab opens: about a second. */
const READ_WHOLE = 4000;

export interface OpenedStore {
  readonly store: RawStore;
  readonly repository: Repository;
  /** The study that the journal names as open. */
  readonly study: Study | null;
}

export const isRescue = (opened: OpenedStore | Rescue): opened is Rescue => opened instanceof Rescue;

/** `onProgress` gets the number of experiments read. Damage yields a Rescue; LabError for a lock or a misplaced key. */
export async function openSound(
  parts: StoreParts,
  onProgress: (read: number) => void = () => undefined,
): Promise<OpenedStore | Rescue> {
  const witness = (await parts.witness?.read()) ?? null;
  let store: RawStore | null = null;
  const problems: string[] = [];
  try {
    store = await parts.openStore();
    if (store.foreign !== null)
      problems.push(`a later version of Overnight wrote this database (layout ${store.foreign})`);
    const forgotten = witness !== null && witness.version > 0 && (await store.version()) === 0;
    if (forgotten) problems.push(...whatIsGone(witness));
    if (problems.length === 0) {
      const repository = await parts.openRepository(store, { readOnly: false, last: witness });
      const opened = await look(repository, store, witness, problems, onProgress);
      if (opened !== null) return opened;
    }
  } catch (error) {
    if (!(error instanceof LabError) || !["git", "storage"].includes(error.code)) throw error;
    problems.push(error.message);
  }
  return Rescue.begin({ store, witness, problems, copies: await parts.copies() });
}

/** The opened store, or null after adding to `problems`. */
async function look(
  repository: Repository,
  store: RawStore,
  witness: Witness | null,
  problems: string[],
  onProgress: (read: number) => void,
): Promise<OpenedStore | null> {
  const { looseObjects, packedObjects } = await repository.statistics();
  const deep = looseObjects + packedObjects <= READ_WHOLE;
  problems.push(...(await repository.verify({ deep })).problems);
  const journals = journalNames(await store.keys());
  if (witness !== null) problems.push(...(await repository.missingSince(witness, journals)));
  let journal: JournalKeeper | null = null;
  try {
    journal = await JournalKeeper.open(repository);
    await StoredKeeper.open(repository);
  } catch (error) {
    if (!(error instanceof LabError) || error.code === "lock") throw error;
    problems.push(error.message);
  }
  if (problems.length > 0 || journal === null) return null;
  const { tag } = journal.now;
  const study = tag === null ? null : await openStudy(repository, tag, onProgress);
  await repository.testify(journals);
  return { store, repository, study };
}

const JOURNAL = "=journal/";
export const journalNames = (keys: readonly (string | number)[]): string[] =>
  keys.flatMap((key) =>
    typeof key === "string" && key.startsWith(JOURNAL) ? [key.slice(JOURNAL.length)] : [],
  );

/** The lost studies, where the browser opened an empty database in place of a full one. */
function whatIsGone({ studies, journals }: Witness): string[] {
  if (studies.length === 0 && journals.length === 0) return [];
  const lines = studies.map(({ tag, experiments }) => `study ${tag} with ${experiments} experiments`);
  const what = lines.length === 0 ? "the journal" : lines.join(", ");
  return [`the browser's database is empty; it held ${what}`];
}
