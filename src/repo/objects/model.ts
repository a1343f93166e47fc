// The words of the repository: what research hands in and what it gets back. Types only.

import type { Store } from "../storage/store.ts";
import type { Witness, WitnessStore } from "../storage/witness.ts";

/** A commit, tree or blob: 40 lower-case hexadecimal digits. */
export type Oid = string;

/** What a journal may hold. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export interface Identity {
  readonly name: string;
  readonly email: string;
}

export type Trailer = readonly [key: string, value: string];

/** Text files by path: `train.ts`, `experiments/00/0007.json`. Forward slashes, no `..`, no `.git`. */
export type Files = Readonly<Record<string, string>>;

/** Changes to a tree: a text replaces or adds a file, null removes it, other files stay. */
export type FileChanges = Readonly<Record<string, string | null>>;

export interface OpenOptions {
  readonly store: Store;
  /** The committer of every commit, and the author where none is named. */
  readonly identity?: Identity;
  /** For a tab that does not own the lab: every write throws LabError "lock", every read follows the owner's commits. */
  readonly readOnly?: boolean;
  /** Loose objects that start a repack in the background; 0: never by itself. Default 512. */
  readonly packAt?: number;
  /** Where to write, after every acknowledged write, what the repository holds. */
  readonly witness?: {
    readonly store: WitnessStore;
    /** The witness as it was when the repository was opened. */
    readonly last: Witness | null;
    /** Hears why it could not be written. */
    failed(error: unknown): void;
  };
}

export interface NewStudy {
  /** Lower-case letters, digits, `-`, `_` and `.`; names the branches `autoresearch/<tag>` and `notebook/<tag>`. */
  readonly tag: string;
  /** The whole tree of the first commit of `autoresearch/<tag>`. */
  readonly files: Files;
  /** The whole tree of the first commit of `notebook/<tag>`. */
  readonly notebookFiles: Files;
  /** One line; a longer one is cut, and stands whole in the body. */
  readonly subject: string;
  readonly body?: string;
  readonly trailers?: readonly Trailer[];
  readonly journal?: Json;
  readonly date: Date;
  readonly author?: Identity;
}

export interface Study {
  readonly tag: string;
  /** Tip of `autoresearch/<tag>`: the commit to beat. */
  readonly incumbent: Oid;
  /** Tip of `notebook/<tag>`. */
  readonly notebook: Oid;
}

export interface NewExperiment {
  readonly tag: string;
  /** The incumbent the candidate was judged against; LabError "git" when `autoresearch/<tag>` is elsewhere by now. */
  readonly parent: Oid;
  /** The commit the candidate was made from, when it is not the incumbent: then that is its first parent. */
  readonly base?: Oid;
  /** Whether `autoresearch/<tag>` moves to this experiment. */
  readonly keep: boolean;
  /** The hypothesis; made one line of at most 72 characters, the whole of it moves into the body when it is longer. */
  readonly subject: string;
  readonly body?: string;
  /** The result: `["Val-Bpb", "1.2345"]`, `["Status", "keep"]` and so on. */
  readonly trailers: readonly Trailer[];
  /** The whole tree of the experiment's commit. */
  readonly files: Files;
  /** Changes to the notebook's tree; a function of the experiment's commit where they name it (results.tsv does). */
  readonly notebookFiles: FileChanges | ((experiment: Oid) => FileChanges);
  /** Replaces the journal (see `readJournal`) in the same transaction. */
  readonly journal?: Json;
  /** Which journal; default "lab". */
  readonly journalName?: string;
  readonly date: Date;
  readonly author?: Identity;
}

export interface CommitEntry {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly subject: string;
  /** Without subject and trailers. */
  readonly body: string;
  readonly trailers: readonly Trailer[];
  /** Everything as written. */
  readonly message: string;
  readonly author: Identity;
  readonly date: Date;
}

/** One entry of a notebook. Everything but `notebook` and `kept` is that of the experiment's own commit. */
export interface ExperimentEntry extends CommitEntry {
  /** The notebook commit; its tree holds results.tsv and the rest as they were after this experiment. */
  readonly notebook: Oid;
  /** Whether the experiment is on `autoresearch/<tag>`. */
  readonly kept: boolean;
}

export interface VerifyReport {
  /** One line each; empty means that every object looked at is there and matches its name. */
  readonly problems: readonly string[];
  readonly studies: number;
  readonly objects: number;
}

export interface RepositoryStatistics {
  readonly looseObjects: number;
  readonly packedObjects: number;
  readonly packs: number;
  /** Bytes of all files of the repository as stored. */
  readonly bytes: number;
  /** Why packing in the background was given up, or null; the repository works without, it only grows. */
  readonly packFailure: string | null;
}

export interface Repository {
  readonly readOnly: boolean;
  /** Both first commits, HEAD and the journal in one durable transaction. LabError "git" when the tag is taken. */
  createStudy(study: NewStudy): Promise<Study>;
  /** Newest first; HEAD's study is the first. */
  listStudies(): Promise<readonly Study[]>;
  /** Takes a study out of the list; nothing of it is lost. LabError "git" when there is none, or a deleted one of its name. */
  deleteStudy(tag: string): Promise<void>;
  /** Puts a deleted study back. LabError "git" when there is none, or its name is taken. */
  restoreStudy(tag: string): Promise<void>;
  /** Tags, sorted. */
  deletedStudies(): Promise<readonly string[]>;
  /** Objects, branches and journal in one durable transaction: when this resolves nothing of it can be lost. */
  commitExperiment(experiment: NewExperiment): Promise<{ readonly experiment: Oid; readonly notebook: Oid }>;
  /** Along first parents, newest first; `depth` commits at most. `branch` is `autoresearch/<tag>` or `notebook/<tag>`. */
  log(branch: string, depth?: number): Promise<readonly CommitEntry[]>;
  /** The experiments of a study along the notebook's first parents, newest first. */
  experiments(tag: string): AsyncGenerator<ExperimentEntry, void, undefined>;
  readCommit(oid: Oid): Promise<CommitEntry>;
  /** Text of a file in a commit's tree; LabError "git" when there is none. */
  readFile(commit: Oid, path: string): Promise<string>;
  /** Every path in a commit's tree, sorted. */
  listFiles(commit: Oid): Promise<readonly string[]>;
  /** The journal last written, or undefined. A journal is one JSON value, outside of git's history. */
  readJournal(name?: string): Promise<Json | undefined>;
  /** Durable when it resolves. */
  writeJournal(value: Json, name?: string): Promise<void>;
  /** Reads both tips of every study with their whole trees; `deep`: everything reachable. Runs by itself before the first write. */
  verify(options?: { readonly deep?: boolean }): Promise<VerifyReport>;
  /** Writes the witness, where a write of it was cut off or there never was one. */
  testify(journals: readonly string[]): Promise<void>;
  /** Losses since the witness was written, one line each; `journals` are the names of those here. */
  missingSince(witness: Witness, journals: readonly string[]): Promise<readonly string[]>;
  /** Moves loose objects into one delta-compressed pack; also happens by itself. */
  pack(): Promise<void>;
  statistics(): Promise<RepositoryStatistics>;
  /** Every message and every file of a study's experiments and of its notebook as it is, each once. */
  texts(tag: string): AsyncGenerator<{ readonly where: string; readonly text: string }, void, undefined>;
  /** A git bundle (version 2) of the study's two branches; `git clone` of it checks out `autoresearch/<tag>`. */
  exportBundle(
    tag: string,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** Checks a bundle whole, then adopts its branches under `<namespace>/`. LabError "git" changes nothing. */
  importBundle(
    bytes: Uint8Array,
    namespace: string,
  ): Promise<readonly { readonly branch: string; readonly oid: Oid }[]>;
  /** Waits for reads and writes under way, and closes the store. */
  close(): Promise<void>;
}
