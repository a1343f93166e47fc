// The state of the lab: one immutable snapshot, sent to the page by the lab's worker a few times a second at most.
// Loss points do not travel here; they have a channel of their own (see client.ts).
import type { Baselines, TextFile, TextOrigin } from "../../prepare/index.ts";
import type { ExperimentStatus } from "../../researchers/index.ts";
import type { Curve, Measurement, Probe, RunStage } from "../../runner/index.ts";
import type { ControlEvidence, SeedNoise } from "../verdict/statistics.ts";
import type { ArenaCheck, ArenaFile, ArenaOption, ArenaView, NewArena } from "./arena-view.ts";
import type { AblationView, ReplayView } from "./claims.ts";
import type { ExperimentEvent, ExperimentView } from "./experiment.ts";
import type { Settings } from "./settings.ts";
import type { ModelsAnswer, ModelsCommand, ModelsEvent, ModelsView, WritingView } from "./researcher-view.ts";
import type { CopiesView, DamageView, StorageView } from "./store-view.ts";
import type { CorpusView, DownloadView } from "./text-view.ts";

export type * from "./arena-view.ts";
export type * from "./claims.ts";
export type * from "./experiment.ts";
export type * from "./researcher-view.ts";
export type * from "./store-view.ts";
export type * from "./text-view.ts";
export type { Baselines, ControlEvidence, Curve, ExperimentStatus, Probe, Settings, TextFile, TextOrigin };

type LabPhase =
  | "opening" // repository and corpus are being opened
  | "idle" // ready; Start has not been pressed, or the study was stopped
  | "running"
  | "stopping" // Stop after this run was pressed
  | "readonly" // another tab owns the lab
  | "damaged" // the store lost data: nothing is written until the human decides, see `damage`
  | "failed"; // the store failed or no GPU: see `error`

export type Stage = "measuring" | "proposing" | "checking" | RunStage | "deciding" | "committing";

/** The parts of an experiment that are too large for every snapshot; fetched on demand. */
export interface ExperimentDetail {
  readonly number: number;
  readonly source: string;
  readonly parentSource: string;
  /** [seconds, loss in nats per token] */
  readonly curve: Curve;
  readonly message: string; // the whole commit message
  /** Time per kernel, utilisation and memory of a training step, as text; null: not measured. */
  readonly step: string | null;
}

export interface CurrentRun {
  readonly number: number;
  readonly hypothesis: string;
  readonly researcher: string;
  /** An experiment may need several runs of its candidate, and fresh runs of its incumbent. */
  readonly side: "candidate" | "incumbent";
  readonly run: number; // from 1, of that side in this experiment
  readonly stage: Stage;
  readonly detail: string; // "12 of 31 kernels compiled"
  readonly done: number;
  readonly total: number; // 0: unknown
  readonly startedAt: number;
  readonly budgetSeconds: number;
  readonly trainedSeconds: number;
  readonly step: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly loss: number | null;
  readonly parameters: number;
  readonly peakBytes: number;
  /** What the growing model wrote last, after so many seconds of training; null: nothing yet. */
  readonly glimpse: { readonly seconds: number; readonly text: string } | null;
  readonly source: string;
}

/** The adapter, with its measured speed. */
export interface DeviceView extends Omit<Measurement, "flopsPerSecond"> {
  readonly gflops: number;
}

export interface StudyView {
  readonly tag: string;
  readonly createdAt: number;
  readonly settings: Settings;
  /** Absent: the GPT's. */
  readonly arena?: ArenaView;
  readonly corpusName: string;
  readonly seqLen: number;
  readonly windows: number;
  readonly incumbent: string; // commit
  /** The incumbent's mean over all of its runs. */
  readonly bestBpb: number | null;
  /** Standard deviation between seeds of one train.ts [bits per byte] and its degrees of freedom; null: not measured. */
  readonly noise: SeedNoise | null;
}

/** A study in the list of all. */
export interface StudyRow {
  readonly tag: string;
  readonly experiments: number;
  /** Of its last entry, ms since the epoch. */
  readonly changedAt: number;
}

/** One text of program.md, and the experiments that were proposed under it. */
export interface ProgramVersion {
  readonly text: string;
  /** Numbers of its first and last experiment. */
  readonly from: number;
  readonly to: number;
  readonly kept: number;
  /** The best score before its first experiment and after its last one; null: none yet. */
  readonly before: number | null;
  readonly after: number | null;
}

/** Work on the study that is not an experiment. */
export type SideTask = { readonly type: "verify"; readonly number: number } | { readonly type: "ablate" };

export interface LabNotice {
  readonly id: number;
  readonly level: "info" | "warning" | "error";
  readonly text: string;
}

export interface LabState {
  readonly phase: LabPhase;
  readonly error: string | null;
  /** The address of the engine; null: this browser computes. */
  readonly engine: string | null;
  readonly device: DeviceView | null;
  /** Why no device computes here; null: one does, or none was looked for. A study that trains no model needs none. */
  readonly noDevice: string | null;
  /** The arenas that a new study may choose, besides the GPT's. */
  readonly arenas: readonly ArenaOption[];
  readonly corpus: CorpusView | null;
  /** Progress of opening or importing a corpus, null when none is under way. */
  readonly corpusProgress: {
    readonly what: string;
    readonly done: number;
    readonly total: number;
    readonly cancellable: boolean;
  } | null;
  readonly downloads: readonly DownloadView[];
  /** Progress of reading or exporting a study; `total` 0: unknown. Null when none is under way. */
  readonly studyProgress: { readonly what: string; readonly done: number; readonly total: number } | null;
  readonly study: StudyView | null;
  readonly studies: readonly string[];
  /** Names that the human gave to studies, by their tags. */
  readonly titles: Readonly<Record<string, string>>;
  /** Tags of studies that were deleted and can be put back. */
  readonly deleted: readonly string[];
  readonly experiments: readonly ExperimentView[];
  readonly current: CurrentRun | null;
  /** The next proposal, when one waits. */
  readonly next: { readonly hypothesis: string; readonly researcher: string } | null;
  readonly program: string;
  readonly incumbentSource: string;
  /** The work under way when phase `running` is not the loop. */
  readonly sideTask: SideTask | null;
  /** Claims that were verified since the page was opened, newest last. */
  readonly replays: readonly ReplayView[];
  readonly ablation: AblationView | null;
  /** Researchers, their money and their memory; null until the lab is open. */
  readonly models: ModelsView | null;
  readonly writing: WritingView | null;
  readonly notices: readonly LabNotice[];
  readonly persisted: boolean;
  /** The damage of the store and the data that is left; only in phase `damaged`. */
  readonly damage: DamageView | null;
  readonly storage: StorageView;
  readonly copies: CopiesView;
}

/** The author of a proposal from outside, and the optional parts of the proposal. Absent: the human at the page. */
export interface Proposer {
  readonly researcher: string;
  readonly category?: string;
  readonly expected?: string;
  readonly falsify?: string;
}

/** The page's commands to the lab. Each is answered with a value, or refused with an error of one line. */
export type Command =
  | { readonly type: "start"; readonly settings: Partial<Settings> }
  | { readonly type: "new-study"; readonly settings: Partial<Settings> }
  | { readonly type: "open-study"; readonly tag: string }
  | { readonly type: "delete-study"; readonly tag: string }
  | { readonly type: "restore-study"; readonly tag: string }
  | { readonly type: "list-studies" } // answers StudyRow[]
  /** A name for the lists of the page; "": its tag again. */
  | { readonly type: "name-study"; readonly tag: string; readonly title: string }
  | { readonly type: "read-study"; readonly tag: string } // answers ExperimentView[]
  | { readonly type: "program-history" } // answers ProgramVersion[]
  | { readonly type: "stop-after-run" }
  | { readonly type: "stop-now" }
  | { readonly type: "save-program"; readonly text: string }
  | {
      readonly type: "submit-proposal";
      readonly source: string;
      readonly hypothesis: string;
      /** The experiment whose train.ts it changes; null or absent: the incumbent. */
      readonly base?: number | null;
      readonly by?: Proposer;
    } // answers the number the experiment will have
  | { readonly type: "check-source"; readonly source: string } // answers diagnostics, see client.ts
  | { readonly type: "assist"; readonly question: AssistQuestion } // answers AssistAnswer or null
  | { readonly type: "load-experiment"; readonly number: number }
  | { readonly type: "export-bundle" }
  | { readonly type: "verify"; readonly number: number }
  | {
      readonly type: "verify-bundle";
      readonly bytes: Uint8Array;
      /** Abbreviated commit or number; null: the incumbent. */
      readonly commit: string | null;
      /** null: one, or three where the study has not measured its noise. */
      readonly runs: number | null;
    }
  | { readonly type: "ablate" }
  | { readonly type: "example-arena" } // answers the texts of a small arena, by file name
  | { readonly type: "open-arena"; readonly choice: NewArena } // answers ArenaView
  | { readonly type: "read-columns"; readonly id: string; readonly file: ArenaFile } // answers string[]
  | { readonly type: "check-arena"; readonly choice: NewArena } // answers ArenaCheck
  | { readonly type: "models"; readonly ask: ModelsCommand } // answers ModelsAnswer
  | { readonly type: "import-corpus"; readonly files: readonly TextFile[] }
  | { readonly type: "import-url"; readonly url: string }
  | { readonly type: "forget-download"; readonly url: string }
  | { readonly type: "use-embedded-corpus" }
  | { readonly type: "cancel-import" }
  | { readonly type: "dismiss-notice"; readonly id: number }
  /** After damage: continue with the remaining data, or with nothing. */
  | { readonly type: "settle-damage"; readonly how: "continue" | "anew" }
  | { readonly type: "bring-copies"; readonly copies: readonly { name: string; bytes: Uint8Array }[] }
  /** A folder to keep a copy of every study in; null: none any more. */
  | { readonly type: "copy-to-folder"; readonly folder: FileSystemDirectoryHandle | null }
  /** The folder of the last visit, to ask the human for permission again. */
  | { readonly type: "copy-folder" };

/** Loss points of the current run and of the incumbent, straight to the canvas. */
export type HotEvent =
  | { readonly type: "run"; readonly number: number; readonly budgetSeconds: number }
  | { readonly type: "points"; readonly points: Curve }
  | { readonly type: "incumbent"; readonly points: Curve };

/** A diagnostic of the in-page type check of train.ts; lines and columns start at 1. */
export interface Diagnostic {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A question about a train.ts while it is written; `position` in UTF-16 units from 0. */
export type AssistQuestion =
  | { readonly kind: "complete" | "hover" | "signature"; readonly source: string; readonly position: number }
  | { readonly kind: "format"; readonly source: string };

export type AssistAnswer =
  | {
      readonly kind: "complete";
      /** Start of the word that is completed. */
      readonly from: number;
      /** `kind`: TypeScript's word for it, such as `method`. */
      readonly options: readonly { readonly label: string; readonly kind: string }[];
    }
  | {
      readonly kind: "hover";
      readonly from: number;
      readonly to: number;
      readonly text: string;
      /** Its documentation; may be empty. */
      readonly about: string;
    }
  | {
      readonly kind: "signature";
      readonly text: string;
      /** The parameter that is being written, as a part of `text`. */
      readonly from: number;
      readonly to: number;
      readonly about: string;
    }
  | { readonly kind: "format"; readonly source: string };

/** ui's only way to the lab. */
export interface LabClient {
  /** Resolves when repository and corpus are open (phase idle or readonly), rejects when they cannot be. */
  opened(): Promise<void>;
  /** All log lines, for logs and the headless lab; the last of an experiment has type "experiment". */
  onEvent(listener: (event: LabEvent) => void): () => void;
  /** The newest snapshot. */
  state(): LabState;
  subscribe(listener: (state: LabState) => void): () => void;
  hot(listener: (event: HotEvent) => void): () => void;
  start(settings: Partial<Settings>): Promise<void>;
  newStudy(settings: Partial<Settings>): Promise<void>;
  openStudy(tag: string): Promise<void>;
  /** Takes a study that is not open out of the list. */
  deleteStudy(tag: string): Promise<void>;
  restoreStudy(tag: string): Promise<void>;
  /** In the order of `studies`. */
  listStudies(): Promise<readonly StudyRow[]>;
  /** Names a study on this page; its tag in git stays. "": its tag again. */
  nameStudy(tag: string, title: string): Promise<void>;
  /** The experiments of any study, to show beside the open one. */
  readStudy(tag: string): Promise<readonly ExperimentView[]>;
  /** The texts of program.md in the open study, oldest first. */
  programHistory(): Promise<readonly ProgramVersion[]>;
  stopAfterRun(): Promise<void>;
  stopNow(): Promise<void>;
  saveProgram(text: string): Promise<void>;
  /** `base`: the experiment it forks from; absent: the incumbent. Resolves with the number it will have, if nothing fails. */
  submitProposal(source: string, hypothesis: string, base?: number | null, by?: Proposer): Promise<number>;
  checkSource(source: string): Promise<readonly Diagnostic[]>;
  /** Null where there is nothing to say. */
  assist(question: AssistQuestion): Promise<AssistAnswer | null>;
  loadExperiment(number: number): Promise<ExperimentDetail>;
  exportBundle(): Promise<Uint8Array>;
  /** Runs an experiment again, after the run under way if there is one; resolves with the verdict on its score. */
  verify(number: number): Promise<ReplayView>;
  /** The same for a commit of a study in a bundle, without importing it. */
  verifyBundle(bytes: Uint8Array, commit: string | null, runs: number | null): Promise<ReplayView>;
  /** Measures each kept change alone; resolves when all are measured, or on Stop. */
  ablate(): Promise<void>;
  /** The files of a small arena, as a start for one of the reader's own. */
  exampleArena(): Promise<Readonly<Record<string, string>>>;
  /** Opens an arena without beginning a study: rejects with one line that says what is wrong with its files. */
  openArena(choice: NewArena): Promise<ArenaView>;
  /** The columns of a file, one of which is the target. */
  readColumns(id: string, file: ArenaFile): Promise<readonly string[]>;
  /** Runs candidates with known results, for a minute or more. */
  checkArena(choice: NewArena): Promise<ArenaCheck>;
  /** Everything about researchers: keys, money, notes, approval. */
  models(ask: ModelsCommand): Promise<ModelsAnswer>;
  /** Opens a text of the user's own: files of any kind and of folders, joined in order. */
  importCorpus(files: readonly TextFile[]): Promise<void>;
  /** Opens a text from the network; a download that stopped goes on. */
  importUrl(url: string): Promise<void>;
  /** Deletes a download from the browser. A study's text is kept beside it. */
  forgetDownload(url: string): Promise<void>;
  useEmbeddedCorpus(): Promise<void>;
  cancelImport(): Promise<void>;
  dismissNotice(id: number): Promise<void>;
  settleDamage(how: "continue" | "anew"): Promise<void>;
  bringCopies(copies: readonly { name: string; bytes: Uint8Array }[]): Promise<void>;
  copyToFolder(folder: FileSystemDirectoryHandle | null): Promise<void>;
  copyFolder(): Promise<FileSystemDirectoryHandle | null>;
}

/** A log line. */
export type LabEvent =
  | ModelsEvent
  | {
      readonly type: "study";
      readonly tag: string;
      readonly settings: Settings;
      /** Null: the study needs none. */
      readonly device: DeviceView | null;
      readonly corpus: string;
      /** The text in it that language models know by heart, or null. */
      readonly known: string | null;
      readonly windows: number;
    }
  | { readonly type: "stage"; readonly number: number; readonly stage: Stage; readonly detail: string }
  | {
      readonly type: "progress";
      readonly number: number;
      readonly step: number;
      readonly seconds: number;
      readonly loss: number;
      readonly tokensPerSecond: number;
    }
  | ExperimentEvent
  | { readonly type: "notice"; readonly level: LabNotice["level"]; readonly text: string };
