// After damage: merges the store and every copy object by object. The page shows and exports the result, which replaces
// the store when the human has decided.
import { LabError } from "../../error.ts";
import {
  type Copy,
  memoryStore,
  openRepository,
  type RawStore,
  readableValues,
  type Repository,
  type Salvage,
  salvage,
} from "../../repo/index.ts";
import type { DamageView } from "../contract/lab-state.ts";
import type { Study } from "../study/study.ts";
import { bundleFile, type CopyFolder, RECORDS_FILE } from "./copies.ts";
import { damageView, type DamagedStore } from "./damage-view.ts";
import { readJournals, settledJournals } from "./rescued-journals.ts";
import type { StoreParts } from "./store-parts.ts";
import { rebuildStudy } from "./rebuild-study.ts";
import { type RecoveredStudy, recoverStudy, tagInArena } from "./recover-study.ts";

const STUDY_OF = { path: "arena.json", tag: tagInArena };

export class Rescue {
  readonly #damaged: DamagedStore;
  readonly #copies: readonly Copy[];
  /** Journals that came with copies. */
  readonly #journals: ReadonlyMap<string, string>;
  readonly #salvage: Salvage;
  readonly #recovered: ReadonlyMap<string, RecoveredStudy>;

  private constructor(
    damaged: DamagedStore,
    copies: readonly Copy[],
    journals: ReadonlyMap<string, string>,
    found: Salvage,
    recovered: ReadonlyMap<string, RecoveredStudy>,
  ) {
    this.#damaged = damaged;
    this.#copies = copies;
    this.#journals = journals;
    this.#salvage = found;
    this.#recovered = recovered;
  }

  /** Reads the store and the copies; writes nothing. */
  static async begin({
    copies,
    ...damaged
  }: DamagedStore & { copies: readonly CopyFolder[] }): Promise<Rescue> {
    const found: Copy[] = [];
    const journals = new Map<string, string>();
    const problems = [...damaged.problems];
    for (const folder of copies) {
      try {
        for (const { name, bytes } of await folder.read()) {
          if (name === RECORDS_FILE) readJournals(bytes, journals);
          else found.push({ name: `${name} in ${folder.name}`, bytes });
        }
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        problems.push(error.message);
      }
    }
    return Rescue.#examine({ ...damaged, problems }, found, journals);
  }

  static async #examine(
    damaged: DamagedStore,
    copies: readonly Copy[],
    journals: ReadonlyMap<string, string>,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Rescue> {
    const found = await salvage(damaged.store, copies, damaged.witness, STUDY_OF);
    const recovered = new Map<string, RecoveredStudy>();
    const problems = [...damaged.problems];
    for (const { tag } of found.studies) {
      try {
        recovered.set(tag, await recoverStudy(found, tag, onProgress));
      } catch (error) {
        if (!(error instanceof LabError) || error.code !== "git") throw error;
        problems.push(error.message);
      }
    }
    return new Rescue({ ...damaged, problems }, copies, journals, found, recovered);
  }

  /** The same with more copies. `onProgress` is called with experiments read, and how many there are of the study. */
  with(copies: readonly Copy[], onProgress?: (done: number, total: number) => void): Promise<Rescue> {
    return Rescue.#examine(this.#damaged, [...this.#copies, ...copies], this.#journals, onProgress);
  }

  /** The damage as the page shows it. */
  get view(): DamageView {
    return damageView(this.#damaged, this.#salvage, this.#recovered, this.#copies);
  }

  /** The study to show: the one with the newest experiment. */
  get study(): Study | null {
    const last = ({ study }: RecoveredStudy) => study.records.at(-1)?.finishedAt ?? study.file.createdAt;
    const newest = [...this.#recovered.values()].sort((a, b) => last(b) - last(a))[0];
    return newest?.study ?? null;
  }

  get repository(): Repository {
    return this.#salvage.repository;
  }

  /** Whether a copy contributed objects that the store lacks. */
  get foundInCopies(): boolean {
    return this.#salvage.studies.some(({ sources }) => sources.size > (sources.has("store") ? 1 : 0));
  }

  async close(): Promise<void> {
    await this.#damaged.store?.close();
  }

  /** A bundle that any git accepts: the original history where it is complete, else one written anew. */
  async exportBundle(tag: string): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#isWhole(tag))
      ? this.#salvage.repository.exportBundle(tag)
      : (await this.#rebuilt(tag)).exportBundle(tag);
  }

  /** Replaces the store by one in which every study is complete and the journal has no unfinished work. */
  async settle(
    how: "continue" | "anew",
    parts: Pick<StoreParts, "witness" | "own" | "recreateStore">,
  ): Promise<void> {
    const { store, witness } = this.#damaged;
    if (store === null || store.foreign !== null)
      throw new LabError("storage", {
        what: "the browser's database cannot be written to",
        hint: "export the remaining data, clear this site's data, and restore from the bundle",
      });
    const found = await readVersion(store);
    const version = Math.max(witness?.version ?? 0, found) + 1;
    const values = how === "anew" ? await emptyValues() : await this.#values();
    if (how === "continue") for (const tag of this.#recovered.keys()) await this.#keepCopy(tag, parts.own);
    // At a later start Chromium drops database files that it could read only in part, so the database is created anew.
    const cut = witness !== null && found < witness.version;
    const target = cut && (how === "anew" || parts.own !== null) ? await parts.recreateStore() : store;
    await target.replace(values, version);
    // A lab closed before this write asks the human again. Opening the repository adds its studies and journals here.
    await parts.witness?.write({ version, studies: [], journals: [] });
    if (target !== store) await target.close();
  }

  async #values(): Promise<Map<string | number, unknown>> {
    const whole = this.#salvage.problems.length === 0;
    const target = whole ? this.#salvage.store : await this.#putTogether();
    const journals = await settledJournals(this.#damaged.store, this.#journals, this.study, (tag, number) =>
      this.#recovered.get(tag)?.programs.get(number),
    );
    return new Map([...(await readableValues(target)), ...journals]);
  }

  /** Stores the recovered study in a second place before anything is replaced. */
  async #keepCopy(tag: string, own: CopyFolder | null): Promise<void> {
    await own?.write(bundleFile(tag), await this.exportBundle(tag));
  }

  /** Complete studies keep their commits, the others are written anew. */
  async #putTogether(): Promise<RawStore> {
    const bundles: Copy[] = [];
    for (const tag of this.#recovered.keys())
      bundles.push({ name: tag, bytes: await this.exportBundle(tag) });
    return (await salvage(null, bundles, null, STUDY_OF)).store;
  }

  async #isWhole(tag: string): Promise<boolean> {
    if (this.#salvage.problems.length === 0) return true;
    if ((this.#recovered.get(tag)?.losses.length ?? 1) > 0) return false;
    try {
      await this.#salvage.repository.exportBundle(tag);
      return true;
    } catch (error) {
      if (error instanceof LabError && error.code === "git") return false;
      throw error;
    }
  }

  async #rebuilt(tag: string): Promise<Repository> {
    const recovered = this.#recovered.get(tag);
    if (recovered === undefined) throw new LabError("git", { what: `nothing is left of study ${tag}` });
    const repository = await openRepository({ store: memoryStore() });
    await rebuildStudy(repository, recovered);
    return repository;
  }
}

async function emptyValues(): Promise<Map<string | number, unknown>> {
  const empty = memoryStore();
  await (await openRepository({ store: empty })).close();
  return readableValues(empty);
}

async function readVersion(store: RawStore): Promise<number> {
  try {
    return await store.version();
  } catch (error) {
    if (error instanceof LabError && error.code === "storage") return 0; // damaged: the witness has the number
    throw error;
  }
}
