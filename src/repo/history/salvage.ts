// Merges the readable objects of a damaged store and of every copy, without the store's directory tree. An object's
// name is the hash of its content; an object that does not match its name is left out, so objects of the store and of
// its copies always fit together.

import { LabError } from "../../error.ts";
import { parseBundle } from "../objects/bundle.ts";
import { indexPack } from "../objects/index-pack.ts";
import { LIMITS } from "../objects/limits.ts";
import type { CommitEntry, Oid, Repository } from "../objects/model.ts";
import { notebookBranch, studyBranch, tagOf } from "../objects/names.ts";
import { type GitObject, objectId, parseTree, toHex, unwrap } from "../objects/object.ts";
import { PackFile, parseIndex } from "../objects/pack-file.ts";
import { walk } from "../objects/walk.ts";
import { placesOf, type Places } from "../objects/object-reader.ts";
import { type Reusable, writePack } from "../objects/write-pack.ts";
import { inflateAll } from "../objects/zlib.ts";
import { GIT_DIRECTORY, type GitContext } from "../storage/git.ts";
import { memoryStore, type RawStore, type StoreKey } from "../storage/store.ts";
import { Volume } from "../storage/volume.ts";
import type { Witness } from "../storage/witness.ts";
import { allBranches, moveBranch, pointHead } from "./commits.ts";
import { commitAt } from "./history.ts";
import { stagePack } from "./repack.ts";
import { openRepository } from "./repository.ts";

/** A copy of one or more studies, kept outside of the store. */
export interface Copy {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface SalvagedStudy {
  readonly tag: string;
  readonly incumbent: Oid;
  readonly notebook: Oid;
  /** The number of experiments in the chosen notebook. */
  readonly experiments: number;
  /** The number of experiments in each source; the store is called `store`. */
  readonly sources: ReadonlyMap<string, number>;
}

export interface Salvage {
  /** A repository in memory; the objects that `problems` names are missing in it. */
  readonly store: RawStore;
  readonly repository: Repository;
  readonly studies: readonly SalvagedStudy[];
  /** Every readable commit, including those that no branch leads to. */
  readonly commits: readonly CommitEntry[];
  /** One line each; empty: every object that the branches lead to is present. */
  readonly problems: readonly string[];
  /** The reason for each copy that was refused. */
  readonly refused: readonly string[];
}

/** The tag of the study an experiment belongs to, by a file of its commit. */
export interface StudyOf {
  readonly path: string;
  readonly tag: (text: string) => string | null;
}

/** A pack, and the objects in it that match their names. */
interface SoundPack {
  readonly pack: PackFile;
  readonly offsets: ReadonlyMap<Oid, number>;
  readonly places: Places;
}

const JOURNAL = "=journal/";
type Tips = readonly [incumbent: Oid, notebook: Oid];

/** `store` is null when it cannot be opened. */
export async function salvage(
  store: RawStore | null,
  copies: readonly Copy[],
  witness: Witness | null,
  studyOf: StudyOf,
): Promise<Salvage> {
  const values = store === null ? new Map<StoreKey, unknown>() : await readableValues(store);
  const objects = new Map<Oid, GitObject>();
  const tips = new Map<string, Map<string, Tips>>(); // source, tag
  const packs: SoundPack[] = [];
  await takeObjects(values, objects, packs);
  tips.set("store", await branchesOf(values));
  const refused: string[] = [];
  for (const copy of copies) {
    try {
      tips.set(copy.name, await takeBundle(copy.bytes, objects, packs));
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      refused.push(`${copy.name}: ${error.message}`);
    }
  }
  tips.set(
    "witness",
    new Map(witness?.studies.map(({ tag, incumbent, notebook }) => [tag, [incumbent, notebook]])),
  );

  const target = memoryStore();
  const empty = await openRepository({ store: target });
  await empty.close();
  const volume = await Volume.open(target);
  const context: GitContext = { fs: volume.fs, gitdir: GIT_DIRECTORY, cache: {} };
  await stageObjects(context, objects, packs);
  const commits = await readCommits(objects);
  tips.set("commits", tipsByCommits(commits, objects, studyOf));
  const studies = chooseTips(tips, commits);
  for (const { tag, incumbent, notebook } of studies) {
    await moveBranch(context, studyBranch(tag), undefined, incumbent);
    await moveBranch(context, notebookBranch(tag), undefined, notebook);
    await pointHead(context, studyBranch(tag));
  }
  await volume.commit(
    Object.fromEntries(
      [...values].flatMap(([key, value]) =>
        typeof key === "string" && key.startsWith(JOURNAL) ? [[key.slice(1), value]] : [],
      ),
    ),
  );
  const repository = await openRepository({ store: target });
  const { problems } = await repository.verify({ deep: true });
  return { store: target, repository, studies, commits: [...commits.values()], problems, refused };
}

/** Every readable value; a database may fail on a single one. */
export async function readableValues(store: RawStore): Promise<Map<StoreKey, unknown>> {
  const values = new Map<StoreKey, unknown>();
  for (const key of await store.keys()) {
    try {
      values.set(key, await store.get(key));
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "storage") throw error; // it is lost, and missed later by its name
    }
  }
  return values;
}

async function takeObjects(
  values: ReadonlyMap<StoreKey, unknown>,
  objects: Map<Oid, GitObject>,
  packs: SoundPack[],
): Promise<void> {
  const files = [...values].flatMap(([key, value]) =>
    typeof key === "number" && value instanceof Uint8Array ? [value] : [],
  );
  const indexes = new Map(
    files.flatMap((file) => attempt(() => [[toHex(file.subarray(-40, -20)), parseIndex(file)]] as const)),
  );
  for (const file of files) {
    if (startsWith(file, [0x50, 0x41, 0x43, 0x4b])) packs.push(await takePack(file, indexes, objects));
    else
      for (const object of attempt(() => [unwrap(inflateAll(file, LIMITS.objectBytes))]))
        objects.set(await objectId(object), object);
  }
}

/** Reads a pack through its index, object by object, so that a damaged place affects as few objects as possible. */
async function takePack(
  file: Uint8Array,
  indexes: ReadonlyMap<string, ReadonlyMap<Oid, number>>,
  objects: Map<Oid, GitObject>,
): Promise<SoundPack> {
  const index = indexes.get(toHex(file.subarray(-20)));
  const pack = new PackFile(file);
  const offsets = new Map<Oid, number>();
  for (const [oid, offset] of index ?? (await offsetsOf(file))) {
    try {
      const object = await pack.readAt(offset);
      if ((await objectId(object)) !== oid) continue;
      objects.set(oid, object);
      offsets.set(oid, offset);
    } catch (error) {
      if (!(error instanceof LabError)) throw error; // this object is damaged; a problem will name it
    }
  }
  return { pack, offsets, places: placesOf(index ?? offsets, file.length - 20) };
}

async function offsetsOf(file: Uint8Array): Promise<ReadonlyMap<Oid, number>> {
  try {
    return (await indexPack(file, () => Promise.resolve(undefined))).offsets;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return new Map(); // both the pack and its index are damaged
  }
}

async function takeBundle(
  bytes: Uint8Array,
  objects: Map<Oid, GitObject>,
  packs: SoundPack[],
): Promise<Map<string, Tips>> {
  const { branches, pack: packed } = parseBundle(bytes);
  const { offsets, pack } = await indexPack(packed, (oid) => Promise.resolve(objects.get(oid)));
  for (const [oid, offset] of offsets) objects.set(oid, await pack.readAt(offset));
  packs.push({ pack, offsets, places: placesOf(offsets, packed.length - 20) });
  return pairs(branches);
}

/** The branches in the store's directory tree; none where the tree is damaged. */
async function branchesOf(values: ReadonlyMap<StoreKey, unknown>): Promise<Map<string, Tips>> {
  const copy = memoryStore();
  await copy.replace(values, 1);
  try {
    const volume = await Volume.open(copy);
    return pairs(await allBranches({ fs: volume.fs, gitdir: GIT_DIRECTORY, cache: {} }));
  } catch {
    return new Map(); // lightning-fs cannot read a damaged tree: the witness and the copies name the tips
  }
}

function pairs(branches: ReadonlyMap<string, Oid>): Map<string, Tips> {
  const found = new Map<string, Tips>();
  for (const [branch, incumbent] of branches) {
    const tag = tagOf(branch);
    const notebook = tag === undefined ? undefined : branches.get(notebookBranch(tag));
    if (tag !== undefined && branch === studyBranch(tag) && notebook !== undefined)
      found.set(tag, [incumbent, notebook]);
  }
  return found;
}

/** An object in the compressed form of its pack. Its content matched its name when it was read. */
function reusableIn(packs: readonly SoundPack[], oid: Oid): Reusable | undefined {
  const found = packs.find(({ offsets }) => offsets.has(oid));
  const offset = found?.offsets.get(oid);
  if (found === undefined || offset === undefined) return undefined;
  const { kind, size, base, body } = found.pack.storedAt(offset, found.places.ends.get(offset) ?? offset);
  return { kind, size, body, base: typeof base === "number" ? found.places.names.get(base) : base };
}

async function stageObjects(
  context: GitContext,
  objects: ReadonlyMap<Oid, GitObject>,
  packs: readonly SoundPack[],
): Promise<void> {
  if (objects.size === 0) return;
  const read = (oid: Oid): Promise<GitObject> => {
    const object = objects.get(oid);
    if (object === undefined)
      return Promise.reject(new LabError("git", { what: "object: it is missing", got: oid }));
    return Promise.resolve(object);
  };
  const commits = [...objects].filter(([, { type }]) => type === "commit").map(([oid]) => oid);
  const met = await walk(commits, read, { onProblem: () => undefined });
  const items = met.filter(({ oid }) => objects.has(oid));
  const reached = new Set(items.map(({ oid }) => oid));
  for (const [oid, { type }] of objects) if (!reached.has(oid)) items.push({ oid, type, path: oid });
  const reuse = (oid: Oid) => Promise.resolve(reusableIn(packs, oid));
  await stagePack(context, await writePack(items, read, { reuse }));
}

async function readCommits(objects: ReadonlyMap<Oid, GitObject>): Promise<Map<Oid, CommitEntry>> {
  const commits = new Map<Oid, CommitEntry>();
  for (const [oid, object] of objects)
    if (object.type === "commit") commits.set(oid, await commitAt(() => Promise.resolve(object), oid));
  return commits;
}

/** The newest notebook entry and the newest kept experiment of every study: for tips whose own commits are lost. */
function tipsByCommits(
  commits: ReadonlyMap<Oid, CommitEntry>,
  objects: ReadonlyMap<Oid, GitObject>,
  studyOf: StudyOf,
): Map<string, Tips> {
  const tagOfCommit = ({ tree }: CommitEntry): string | null => {
    const items = objects.get(tree);
    const file = items && parseTree(items.data).find(({ name }) => name === studyOf.path);
    const blob = file && objects.get(file.oid);
    return blob === undefined ? null : studyOf.tag(new TextDecoder().decode(blob.data));
  };
  const newest = new Map<string, { incumbent?: CommitEntry; notebook?: CommitEntry }>();
  const offer = (tag: string, place: "incumbent" | "notebook", commit: CommitEntry): void => {
    const tips = newest.get(tag) ?? {};
    const before = tips[place];
    if (before === undefined || numberOf(before) < numberOf(commit)) tips[place] = commit;
    newest.set(tag, tips);
  };
  for (const commit of commits.values()) {
    const experiment = commits.get(commit.parents[1] ?? "");
    const own = tagOfCommit(commit);
    const entry = own === null && experiment !== undefined ? tagOfCommit(experiment) : null;
    if (entry !== null) offer(entry, "notebook", commit);
    const kept = commit.trailers.some(([key, value]) => key === "Status" && value === "keep");
    if (own !== null && (kept || commit.parents.length === 0)) offer(own, "incumbent", commit);
  }
  const tips = new Map<string, Tips>();
  for (const [tag, { incumbent, notebook }] of newest)
    if (incumbent !== undefined && notebook !== undefined) tips.set(tag, [incumbent.oid, notebook.oid]);
  return tips;
}

/** For each study the tips with the most experiments, among the sources whose tip commits are readable. */
function chooseTips(
  tips: ReadonlyMap<string, ReadonlyMap<string, Tips>>,
  commits: ReadonlyMap<Oid, CommitEntry>,
): SalvagedStudy[] {
  const chosen = new Map<string, SalvagedStudy>();
  for (const [source, studies] of tips)
    for (const [tag, [incumbent, notebook]] of studies) {
      const tip = commits.get(notebook);
      if (tip === undefined || !commits.has(incumbent)) continue;
      const experiments = numberOf(tip) + 1;
      const before = chosen.get(tag);
      const sources = new Map(before?.sources);
      if (source !== "witness" && source !== "commits") sources.set(source, experiments);
      chosen.set(
        tag,
        before !== undefined && before.experiments >= experiments
          ? { ...before, sources }
          : { tag, incumbent, notebook, experiments, sources },
      );
    }
  return [...chosen.values()];
}

/** The number of the experiment that a commit names in its trailers; -1 where it names none. */
export function numberOf({ trailers }: Pick<CommitEntry, "trailers">): number {
  const number = Number(trailers.find(([key]) => key === "Experiment")?.[1] ?? NaN);
  return Number.isInteger(number) ? number : -1;
}

function attempt<T>(work: () => T[]): T[] {
  try {
    return work();
  } catch (error) {
    if (error instanceof LabError || error instanceof RangeError) return [];
    throw error;
  }
}

const startsWith = (file: Uint8Array, bytes: readonly number[]): boolean =>
  bytes.every((byte, i) => file[i] === byte);
