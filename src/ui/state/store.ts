// The state of the page: the lab's last snapshot, and everything that the reader has opened, typed or chosen.
// It changes a few times a second at most; steps and loss points never come here.

import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  ArenaCheck,
  ArenaFile,
  ArenaView,
  CurrentRun,
  Diagnostic,
  ExperimentDetail,
  ExperimentView,
  LabState,
  LabClient,
  StudyView,
} from "../../research/index.ts";
import { parseAddress, type Address } from "./address.ts";
import type { ChartView } from "./chart-view.ts";
import { follow, keepDraft, openText, readDraft, type Draft, type DraftStore } from "./drafts.ts";
import type { Sort } from "./listing.ts";
import { readPins } from "./pins.ts";
import type { Playback } from "../recording/playback.ts";
import { formOf, initialForm, type SettingsForm } from "./settings.ts";
import type { Theme } from "./theme.ts";

export type EditorName = "program" | "train";
/** The tabs of the selected experiment. */
export type Tab = "changes" | "curves" | "sample" | "verdict" | "prompt";
export type PanelName =
  "program" | "train" | "researcher" | "text" | "talk" | "machine" | "report" | "settings";
type OpenDialog = "palette" | "help" | "new-study" | "duplicate" | "anew" | "stop" | null;

/** State of an experiment's large parts: loading, loaded, or failed with a reason in one line. */
type DetailState =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly detail: ExperimentDetail }
  | { readonly state: "failed"; readonly reason: string };

/** Another study, whose best scores the chart shows too. */
export interface BesideStudy {
  readonly tag: string;
  readonly experiments: readonly ExperimentView[];
}

/** A file for an arena that is built from one, such as a table, and how it is used. */
export interface BroughtFile extends ArenaFile {
  readonly columns: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** An arena of the reader's own, read from a folder. */
export interface OwnArena {
  readonly arena: ArenaView;
  readonly texts: Readonly<Record<string, string>>;
}

export interface CheckState {
  readonly state: "none" | "checking" | "done" | "failed";
  /** The source that the diagnostics belong to. */
  readonly source: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly reason: string;
}

export interface PageState {
  readonly lab: LabState | null;
  /** The current run; between two runs of a study the one before, so that the page keeps its shape. */
  readonly run: CurrentRun | null;
  /** There is WebGPU here, or an engine elsewhere. */
  readonly webgpu: boolean;
  /** Of a recorded night; null: a lab of the reader's own. */
  readonly playback: Playback | null;
  /** Start was pressed before the lab was open: the study starts when it is. */
  readonly startWanted: boolean;
  readonly form: SettingsForm;
  /** The arena that the reader chose for a new study; null: none yet. */
  readonly arena: string | null;
  readonly arenaFile: BroughtFile | null;
  readonly ownArena: OwnArena | null;
  /** The texts of an arena of the reader's own as they are written; null: none is. */
  readonly ownTexts: Readonly<Record<string, string>> | null;
  /** The last readiness check; null: none was made. */
  readonly arenaCheck: ArenaCheck | null;
  /** The selected experiment of list, chart and details; null: they follow the best one. */
  readonly selected: number | null;
  /** The experiment it is compared with. */
  readonly compared: number | null;
  /** The experiment under the pointer, in the list and on the chart alike. */
  readonly cursor: number | null;
  /** The selection in the page's address, until a study of that name is open. */
  readonly wanted: Address | null;
  readonly tab: Tab;
  readonly panel: PanelName | null;
  /** The experiments whose models write beside each other; null: none is chosen. */
  readonly talkers: readonly [left: number | null, right: number | null];
  /** The text of the filter box, see filter.ts. */
  readonly query: string;
  readonly sort: Sort;
  readonly pins: readonly number[];
  readonly chart: ChartView;
  readonly beside: BesideStudy | null;
  /** The form of Duplicate this study…: the train.ts it begins at, and its program.md. */
  readonly copy: { readonly from: "first" | "best"; readonly program: string };
  readonly details: Readonly<Record<number, DetailState>>;
  readonly drafts: Readonly<Record<EditorName, Draft>>;
  readonly draftsKept: boolean;
  readonly hypothesis: string;
  readonly check: CheckState;
  readonly queued: string | null;
  readonly exported: string | null;
  readonly dialog: OpenDialog;
  readonly theme: Theme;
  readonly singleKeys: boolean;
  /** The browser can write to a folder that the reader chooses. */
  readonly foldersWork: boolean;
  readonly downloadKept: boolean;
  /** Keep the screen on while a study runs. */
  readonly stayAwake: boolean;
  /** Notify of a new best, and of the end of a study. */
  readonly notify: boolean;
  readonly pending: Readonly<Record<string, boolean>>;
  /** The error line of each action that failed at its last call, shown where it was requested. */
  readonly failures: Readonly<Record<string, string>>;
}

export type Page = StoreApi<PageState>;

export const NO_CHECK: CheckState = { state: "none", source: "", diagnostics: [], reason: "" };

interface PageSurroundings {
  readonly storage: DraftStore;
  readonly search: string;
  /** `location.hash` */
  readonly hash?: string;
  readonly startWanted?: boolean;
  readonly webgpu: boolean;
  readonly theme: Theme;
  readonly singleKeys: boolean;
  readonly foldersWork?: boolean;
  readonly downloadKept?: boolean;
  readonly stayAwake?: boolean;
  readonly notify?: boolean;
}

/** The store of a page before the lab's first snapshot. */
export function createPage(around: PageSurroundings): Page {
  return createStore<PageState>(() => ({
    lab: null,
    run: null,
    webgpu: around.webgpu,
    playback: null,
    startWanted: around.startWanted ?? false,
    form: initialForm(around.search),
    arena: new URLSearchParams(around.search).get("arena"),
    arenaFile: null,
    ownArena: null,
    ownTexts: null,
    arenaCheck: null,
    selected: null,
    compared: null,
    cursor: null,
    wanted: parseAddress(around.hash ?? ""),
    tab: "changes",
    panel: null,
    talkers: [null, null],
    query: "",
    sort: { by: "number", ascending: false },
    pins: [],
    chart: { range: "close", logScores: false, logNumbers: false, window: null },
    beside: null,
    copy: { from: "first", program: "" },
    details: {},
    drafts: {
      program: openText(readDraft(around.storage, "program"), ""),
      train: openText(readDraft(around.storage, "train"), ""),
    },
    draftsKept: true,
    hypothesis: around.storage.getItem("overnight:hypothesis") ?? "",
    check: NO_CHECK,
    queued: null,
    exported: null,
    dialog: null,
    theme: around.theme,
    singleKeys: around.singleKeys,
    foldersWork: around.foldersWork ?? false,
    downloadKept: around.downloadKept ?? false,
    stayAwake: around.stayAwake ?? false,
    notify: around.notify ?? false,
    pending: {},
    failures: {},
  }));
}

/** Feeds the store from the lab; returns a function that stops it. */
export function connectPage(page: Page, client: LabClient, storage: DraftStore): () => void {
  return client.subscribe((lab) => {
    page.setState((old) => receive(old, lab, storage));
  });
}

/** The page after a snapshot. Untouched drafts follow the text saved elsewhere. */
export function receive(old: PageState, lab: LabState, storage: DraftStore): Partial<PageState> {
  const drafts = {
    program: follow(old.drafts.program, lab.program),
    train: follow(old.drafts.train, lab.incumbentSource),
  };
  for (const name of ["program", "train"] as const) {
    if (drafts[name] !== old.drafts[name]) keepDraft(storage, name, drafts[name]);
  }
  const sameStudy = old.lab?.study?.tag === lab.study?.tag;
  const goesOn = lab.phase === "running" || lab.phase === "stopping";
  return {
    lab,
    run: lab.current ?? (goesOn && sameStudy ? old.run : null),
    drafts: sameDrafts(drafts, old.drafts) ? old.drafts : drafts,
    form: formAfter(old, lab, sameStudy),
    queued: sameStudy && lab.current?.hypothesis !== old.queued ? old.queued : null,
    ...(sameStudy ? {} : openedStudy(old, lab.study?.tag ?? null, storage)),
  };
}

/** Resets the state that belongs to one study. */
function openedStudy(
  { wanted, chart, beside }: PageState,
  tag: string | null,
  storage: DraftStore,
): Partial<PageState> {
  const here = wanted !== null && wanted.study === tag;
  return {
    selected: here ? wanted.number : null,
    compared: here ? wanted.compared : null,
    wanted: here ? null : wanted,
    cursor: null,
    details: {},
    exported: null,
    query: "",
    chart: { ...chart, window: null },
    beside: beside?.tag === tag ? null : beside,
    pins: tag === null ? [] : readPins(storage, tag),
  };
}

function sameDrafts(a: PageState["drafts"], b: PageState["drafts"]): boolean {
  const same = (x: Draft, y: Draft) => x.text === y.text && x.base === y.base;
  return same(a.program, b.program) && same(a.train, b.train);
}

/** The form shows an opened study's own settings; a limit already reached means "go on" at the next Start. */
function formAfter(old: PageState, lab: LabState, sameStudy: boolean): SettingsForm {
  if (lab.study === null) return old.form;
  const form = sameStudy ? old.form : openedForm(lab.study, old);
  const reached = lab.phase === "idle" && Number(form.experiments) <= lab.experiments.length;
  return reached && form.experiments !== "0" && lab.experiments.length > 0
    ? { ...form, experiments: "0" }
    : form;
}

function openedForm(study: StudyView, old: PageState): SettingsForm {
  // Another arena's budget and rule come from its manifest: they are no settings for a GPT.
  const saved = study.arena
    ? { ...old.form, experiments: String(study.settings.experiments) }
    : formOf(study.settings);
  // On the first snapshot the address's number of experiments stays; a study opened later brings its own.
  return old.lab?.study === undefined || old.lab.study === null
    ? { ...saved, experiments: old.form.experiments }
    : saved;
}

/** Writes a draft to the page and to the browser's storage. */
export function editDraft(page: Page, storage: DraftStore, name: EditorName, text: string): void {
  page.setState((old) => {
    const draft = { ...old.drafts[name], text };
    return { drafts: { ...old.drafts, [name]: draft }, draftsKept: keepDraft(storage, name, draft) };
  });
}
