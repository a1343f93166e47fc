// The types of the repository: its arguments and its results.

import type { Store } from "../storage/store.ts";
import type { Witness, WitnessStore } from "../storage/witness.ts";

/** A commit, tree or blob: 40 lower-case hexadecimal digits. */
export type Oid = string;

/** The content of a journal. */
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
  /** Number of loose objects that starts a repack in the background; 0: never. Default 512. */
  readonly packAt?: number;
  /** The witness, which gets the repository's state after every acknowledged write. */
  readonly witness?: {
    readonly store: WitnessStore;
    /** The witness as it was when the repository was opened. */
    readonly last: Witness | null;
    /** Gets the error of a witness that could not be written. */
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
  /** One line; a longer one is cut, and the body begins with all of it. */
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
  /** The incumbent that the candidate was judged against; LabError "git" when `autoresearch/<tag>` has moved since. */
  readonly parent: Oid;
  /** The commit that the candidate was made from, when it is not the incumbent; it becomes the first parent. */
  readonly base?: Oid;
  /** Whether `autoresearch/<tag>` moves to this experiment. */
  readonly keep: boolean;
  /** The hypothesis, cut to one line of at most 72 characters; the body begins with all of it when it is longer. */
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
  /** The complete message as written. */
  readonly message: string;
  readonly author: Identity;
  readonly date: Date;
}

/** One entry of a notebook. All fields but `notebook` and `kept` come from the experiment's own commit. */
export interface ExperimentEntry extends CommitEntry {
  /** The notebook commit; its tree holds results.tsv and the other files as of this experiment. */
  readonly notebook: Oid;
  /** Whether the experiment is on `autoresearch/<tag>`. */
  readonly kept: boolean;
}

export interface VerifyReport {
  /** One line each; empty: every object that was read is present and matches its name. */
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
  /** Reason why packing in the background stopped, or null. Without packing the repository works, but grows. */
  readonly packFailure: string | null;
}

export interface Repository {
  readonly readOnly: boolean;
  /** Writes both first commits, HEAD and the journal in one durable transaction. LabError "git" if the tag is taken. */
  createStudy(study: NewStudy): Promise<Study>;
  /** Newest first; HEAD's study is the first. */
  listStudies(): Promise<readonly Study[]>;
  /**
   * Removes a study from the list but keeps its objects. LabError "git" for no such study, or a deleted one of the same
   * name.
   */
  deleteStudy(tag: string): Promise<void>;
  /** Restores a deleted study. LabError "git" when there is none, or its name is taken. */
  restoreStudy(tag: string): Promise<void>;
  /** Tags, sorted. */
  deletedStudies(): Promise<readonly string[]>;
  /** Writes objects, branches and journal in one durable transaction: once it resolves, none of them can be lost. */
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
  /**
   * Reads both tips of every study with their whole trees; `deep`: all reachable objects. Runs before the first write
   * too.
   */
  verify(options?: { readonly deep?: boolean }): Promise<VerifyReport>;
  /** Writes the witness, where its last write was interrupted or there never was one. */
  testify(journals: readonly string[]): Promise<void>;
  /** Losses since the witness was written, one line each; `journals`: the names of the present ones. */
  missingSince(witness: Witness, journals: readonly string[]): Promise<readonly string[]>;
  /** Moves loose objects into one delta-compressed pack; the repository also does this in the background. */
  pack(): Promise<void>;
  statistics(): Promise<RepositoryStatistics>;
  /** Every message and every file of a study's experiments and of its current notebook, each once. */
  texts(tag: string): AsyncGenerator<{ readonly where: string; readonly text: string }, void, undefined>;
  /** A git bundle (version 2) of the study's two branches; `git clone` of it checks out `autoresearch/<tag>`. */
  exportBundle(
    tag: string,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Checks a bundle completely, then adopts its branches under `<namespace>/`. LabError "git": nothing has changed.
   */
  importBundle(
    bytes: Uint8Array,
    namespace: string,
  ): Promise<readonly { readonly branch: string; readonly oid: Oid }[]>;
  /** Waits for current reads and writes, and closes the store. */
  close(): Promise<void>;
}
