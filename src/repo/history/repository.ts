// The repository: reads and writes take turns, every write is one durable transaction, and a failed write changes
// nothing.

import { LabError } from "../../error.ts";
import { branchTip, gitError } from "./commits.ts";
import { deletedStudies, stageDeletion, stageReturn } from "./deleted-studies.ts";
import { exportStudy } from "./export-bundle.ts";
import { GIT_DIRECTORY, type GitContext, init } from "../storage/git.ts";
import { blobsIn, commitAt, experimentsFrom, lineFrom, type Read, textIn, textsOf } from "./history.ts";
import { stageImport } from "./import-bundle.ts";
import type {
  CommitEntry,
  ExperimentEntry,
  Identity,
  Json,
  NewExperiment,
  NewStudy,
  Oid,
  OpenOptions,
  Repository,
  RepositoryStatistics,
  Study,
  VerifyReport,
} from "../objects/model.ts";
import { ObjectReader } from "../objects/object-reader.ts";
import { repack } from "./repack.ts";
import { listStudies, loadStudy, stageExperiment, stageStudy } from "./studies.ts";
import { missingSince, WitnessWriter } from "./witness-writer.ts";
import { Turns } from "./turns.ts";
import { verifyRepository } from "./verify.ts";
import { Volume } from "../storage/volume.ts";
import type { Witness } from "../storage/witness.ts";

const IDENTITY: Identity = { name: "Overnight", email: "lab@overnight.invalid" };
const PACK_AT = 512;
/** Experiments read per turn, so that a long notebook does not keep a commit waiting. */
const PAGE = 32;

type Records = Record<string, unknown>;

/**
 * Opens the repository in `store`, or creates one in a store that was just created. LabError "storage" when the store
 * cannot be read: an unreadable store is never treated as an empty one.
 */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  const volume = await Volume.open(options.store);
  const repository = new LabRepository(volume, options);
  if (volume.version === 0 && options.readOnly !== true) await repository.initialise();
  return repository;
}

class LabRepository implements Repository {
  readonly readOnly: boolean;
  readonly #volume: Volume;
  readonly #identity: Identity;
  readonly #packAt: number;
  readonly #turns = new Turns();
  #context: GitContext;
  #verified = false;
  /** Files written since the last repack; unknown until the first write. */
  #looseFiles: number | undefined;
  #packFailure: LabError | undefined;
  #reader:
    { readonly fs: Volume["fs"]; readonly version: number; readonly objects: ObjectReader } | undefined;
  readonly #witnessWriter: WitnessWriter | undefined;

  constructor(
    volume: Volume,
    { identity = IDENTITY, readOnly = false, packAt = PACK_AT, witness }: OpenOptions,
  ) {
    this.#witnessWriter =
      witness && new WitnessWriter(witness.store, witness.last, (error) => witness.failed(error));
    this.#volume = volume;
    this.#identity = identity;
    this.readOnly = readOnly;
    this.#packAt = packAt;
    this.#context = { fs: volume.fs, gitdir: GIT_DIRECTORY, cache: {} };
  }

  /** Creates an empty, bare repository. */
  async initialise(): Promise<void> {
    await init({
      fs: this.#volume.fs,
      bare: true,
      gitdir: GIT_DIRECTORY,
      defaultBranch: "autoresearch/none",
    });
    await this.#volume.commit();
  }

  createStudy(study: NewStudy): Promise<Study> {
    return this.#write(async (context) => ({
      result: await stageStudy(context, study, this.#identity),
      records: journalRecords(study.journal),
    }));
  }

  commitExperiment(experiment: NewExperiment): Promise<{ experiment: Oid; notebook: Oid }> {
    return this.#write(async (context) => ({
      result: await stageExperiment(context, experiment, this.#identity),
      records: journalRecords(experiment.journal, experiment.journalName),
    }));
  }

  listStudies(): Promise<readonly Study[]> {
    return this.#read(listStudies);
  }

  deleteStudy(tag: string): Promise<void> {
    return this.#write(async (context) => ({ result: await stageDeletion(context, tag), records: {} }));
  }

  restoreStudy(tag: string): Promise<void> {
    return this.#write(async (context) => ({ result: await stageReturn(context, tag), records: {} }));
  }

  deletedStudies(): Promise<readonly string[]> {
    return this.#read(deletedStudies);
  }

  log(branch: string, depth = Infinity): Promise<readonly CommitEntry[]> {
    return this.#read(async (context) => {
      const tip = await branchTip(context, branch);
      if (tip === undefined) throw new LabError("git", { what: "log: there is no such branch", got: branch });
      return lineFrom(await this.#objects(), tip, depth);
    });
  }

  async *experiments(tag: string): AsyncGenerator<ExperimentEntry, void, undefined> {
    const { study, kept } = await this.#read(async (context) => {
      const study = await loadStudy(context, tag);
      return {
        study,
        kept: new Set(
          (await lineFrom(await this.#objects(), study.incumbent, Infinity)).map(({ oid }) => oid),
        ),
      };
    });
    for (let next: Oid | undefined = study.notebook; next !== undefined;) {
      const from: Oid = next;
      const page = await this.#read(async () => experimentsFrom(await this.#objects(), from, kept, PAGE));
      yield* page.entries;
      next = page.next;
    }
  }

  readCommit(oid: Oid): Promise<CommitEntry> {
    return this.#read(async () => commitAt(await this.#objects(), oid));
  }

  readFile(commit: Oid, path: string): Promise<string> {
    return this.#read(async () => {
      const read = await this.#objects();
      const text = await textIn(read, (await commitAt(read, commit)).tree, path);
      if (text === undefined)
        throw new LabError("git", {
          what: `commit ${commit.slice(0, 12)}: there is no such file`,
          got: path,
        });
      return text;
    });
  }

  listFiles(commit: Oid): Promise<readonly string[]> {
    return this.#read(async () => {
      const read = await this.#objects();
      const blobs = await blobsIn(read, (await commitAt(read, commit)).tree);
      return blobs.map(([path]) => path);
    });
  }

  async *texts(tag: string): AsyncGenerator<{ where: string; text: string }, void, undefined> {
    const { notebook } = await this.#read((context) => loadStudy(context, tag));
    const pages = await this.#read(async () => lineFrom(await this.#objects(), notebook, Infinity));
    const commits = [notebook, ...pages.map(({ parents }) => parents[1] ?? parents[0] ?? notebook)];
    yield* textsOf(await this.#objects(), commits);
  }

  readJournal(name = "lab"): Promise<Json | undefined> {
    return this.#read(async () => {
      const text = await this.#volume.record(`journal/${name}`);
      return typeof text === "string" ? (JSON.parse(text) as Json) : undefined;
    });
  }

  writeJournal(value: Json, name = "lab"): Promise<void> {
    return this.#write(() => Promise.resolve({ result: undefined, records: journalRecords(value, name) }));
  }

  verify({ deep = false }: { readonly deep?: boolean } = {}): Promise<VerifyReport> {
    return this.#read(async (context) => {
      const report = await verifyRepository(context, deep);
      this.#verified = report.problems.length === 0;
      return report;
    });
  }

  testify(journals: readonly string[]): Promise<void> {
    return this.#read((context) => this.#tell(context, true, journals));
  }

  missingSince(witness: Witness, journals: readonly string[]): Promise<readonly string[]> {
    return this.#read((context) => missingSince(context, this.#volume.version, journals, witness));
  }

  pack(): Promise<void> {
    return this.#write(async (context) => {
      await repack(context);
      return { result: undefined, records: {} };
    }).then(() => {
      this.#looseFiles = 0;
    });
  }

  statistics(): Promise<RepositoryStatistics> {
    return this.#read(async ({ fs }) => {
      const reader = await ObjectReader.open(fs);
      return {
        looseObjects: reader.loose.size,
        packedObjects: reader.packedCount,
        packs: reader.packs.length,
        bytes: await fs.promises.du(GIT_DIRECTORY),
        packFailure: this.#packFailure?.message ?? null,
      };
    });
  }

  exportBundle(
    tag: string,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read((context) => exportStudy(context, tag, onProgress));
  }

  importBundle(bytes: Uint8Array, namespace: string): Promise<readonly { branch: string; oid: Oid }[]> {
    return this.#write(async (context) => ({
      result: await stageImport(context, bytes, namespace),
      records: {},
    }));
  }

  async close(): Promise<void> {
    await this.#turns.take(() => this.#volume.close());
  }

  /** A turn without changes. It is repeated once where another tab's repack interrupted it. */
  #read<T>(work: (context: GitContext) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      if (this.readOnly) await this.#volume.refresh();
      try {
        return await work(this.#current());
      } catch (error) {
        if (!this.readOnly || !(await this.#volume.refresh())) throw gitError("repository", error);
      }
      return work(this.#current());
    });
  }

  /** A turn whose changes and records become durable in one transaction before it ends. */
  async #write<T>(work: (context: GitContext) => Promise<{ result: T; records: Records }>): Promise<T> {
    const result = await this.#turns.take(() => this.#transaction(work));
    if (this.#packAt > 0 && (this.#looseFiles ?? 0) >= this.#packAt && this.#packFailure === undefined) {
      this.#looseFiles = 0;
      // Not awaited: the write itself is already durable.
      void this.#turns.take(() => this.#packInBackground());
    }
    return result;
  }

  async #transaction<T>(work: (context: GitContext) => Promise<{ result: T; records: Records }>): Promise<T> {
    if (this.readOnly)
      throw new LabError("lock", "repository: another tab owns the lab, this one only reads");
    await this.#volume.assertWritable();
    await this.#verifyOnce();
    this.#reader = undefined;
    let done: { result: T; records: Records };
    try {
      done = await work(this.#current());
    } catch (error) {
      await this.#volume.rollback();
      throw gitError("repository", error);
    }
    const written = await this.#volume.commit(done.records);
    this.#looseFiles = (this.#looseFiles ?? 0) + written;
    const journals = Object.keys(done.records).map((key) => key.replace(/^journal\//, ""));
    await this.#tell(this.#current(), written > 0, journals);
    return done.result;
  }

  async #tell(context: GitContext, filesChanged: boolean, journals: readonly string[]): Promise<void> {
    await this.#witnessWriter?.write(context, this.#volume.version, filesChanged, journals);
  }

  async #verifyOnce(): Promise<void> {
    if (this.#verified) return;
    const { problems } = await verifyRepository(this.#current(), false);
    if (problems.length > 0)
      throw new LabError("git", {
        what: "repository: it is damaged, so nothing is written to it",
        got: problems[0],
        hint: "export the readable data and start a new repository",
      });
    this.#looseFiles = (await ObjectReader.open(this.#volume.fs)).loose.size;
    this.#verified = true;
  }

  async #packInBackground(): Promise<void> {
    try {
      await this.#transaction(async (context) => ({ result: await repack(context), records: {} }));
      this.#looseFiles = 0;
    } catch (error) {
      // Nothing was moved. If the store failed, the next write throws that failure again.
      this.#packFailure = gitError("repack", error);
    }
  }

  /** A reader of the current objects; packs that it opens stay open until the next write. */
  async #objects(): Promise<Read> {
    const { fs, version } = this.#volume;
    if (this.#reader?.fs !== fs || this.#reader.version !== version)
      this.#reader = { fs, version, objects: await ObjectReader.open(fs) };
    const { objects } = this.#reader;
    return (oid) => objects.read(oid);
  }

  /** The context of the current file system: a rollback or refresh makes a new one. */
  #current(): GitContext {
    if (this.#context.fs !== this.#volume.fs)
      this.#context = { fs: this.#volume.fs, gitdir: GIT_DIRECTORY, cache: {} };
    return this.#context;
  }
}

function journalRecords(value: Json | undefined, name = "lab"): Records {
  return value === undefined ? {} : { [`journal/${name}`]: JSON.stringify(value) };
}
