// A LabClient that plays a recorded night. It has no worker, no store and no GPU: it refuses every command that would
// change something.

import type {
  Curve,
  ExperimentDetail,
  HotEvent,
  LabClient,
  LabEvent,
  LabState,
  ProgramVersion,
  StudyRow,
} from "../../research/index.ts";
import { LabError } from "../../error.ts";
import type { Playback, Player } from "./playback.ts";
import { detailIn, endsOf, type Recording, stateAt } from "./recording.ts";

const TICK_MS = 200;

const refuse = (): Promise<never> =>
  Promise.reject(
    new LabError("lock", { what: "this is a recording", hint: "leave it to run a study of your own" }),
  );

export class RecordedLab implements LabClient, Player {
  readonly #recording: Recording;
  readonly #states = new Set<(state: LabState) => void>();
  readonly #hots = new Set<(event: HotEvent) => void>();
  readonly #playbacks = new Set<(now: Playback) => void>();
  #playback: Playback;
  #state: LabState;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Shows the end of the night, with all its experiments. */
  constructor(recording: Recording) {
    this.#recording = recording;
    const total = endsOf(recording).at(-1) ?? 0;
    this.#playback = { playing: false, speed: 60, at: total, total };
    this.#state = stateAt(recording, total);
  }

  // The player

  play(on: boolean): void {
    const { at, total } = this.#playback;
    if (on && at >= total) this.seek(0);
    this.#change({ playing: on });
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.#tick(), TICK_MS) : null;
  }

  setSpeed(speed: number): void {
    this.#change({ speed });
  }

  seek(at: number): void {
    const to = Math.min(this.#playback.total, Math.max(0, at));
    const before = this.#state.current;
    this.#change({ at: to });
    this.#state = stateAt(this.#recording, to);
    for (const listener of this.#states) listener(this.#state);
    this.#sendCurve(before);
  }

  onPlayback(listener: (now: Playback) => void): () => void {
    listener(this.#playback);
    return added(this.#playbacks, listener);
  }

  #tick(): void {
    const { at, speed, total } = this.#playback;
    this.seek(at + (speed * TICK_MS) / 1000);
    if (this.#playback.at >= total) this.play(false);
  }

  #change(change: Partial<Playback>): void {
    this.#playback = { ...this.#playback, ...change };
    for (const listener of this.#playbacks) listener(this.#playback);
  }

  /** Sends the loss points since the run `before`, or the whole curve of another run. */
  #sendCurve(before: LabState["current"]): void {
    const run = this.#state.current;
    if (run === null) return;
    const goesOn = before?.number === run.number && before.trainedSeconds <= run.trainedSeconds;
    if (!goesOn) this.#sendAll({ type: "run", number: run.number, budgetSeconds: run.budgetSeconds });
    if (!goesOn) this.#sendAll({ type: "incumbent", points: this.#bestCurve() });
    const from = goesOn ? before.trainedSeconds : -1;
    const points = this.#curveOf(run.number).filter(([t]) => t > from && t <= run.trainedSeconds);
    if (points.length > 0) this.#sendAll({ type: "points", points });
  }

  #sendAll(event: HotEvent): void {
    for (const listener of this.#hots) listener(event);
  }

  #curveOf(number: number): Curve {
    return this.#recording.details[number]?.curve ?? [];
  }

  #bestCurve(): Curve {
    const best = this.#state.experiments.findLast(({ status }) => status === "keep");
    return best === undefined ? [] : this.#curveOf(best.number);
  }

  // The lab

  opened(): Promise<void> {
    return Promise.resolve();
  }
  state(): LabState {
    return this.#state;
  }
  subscribe(listener: (state: LabState) => void): () => void {
    listener(this.#state);
    return added(this.#states, listener);
  }
  hot(listener: (event: HotEvent) => void): () => void {
    return added(this.#hots, listener);
  }
  onEvent(_listener: (event: LabEvent) => void): () => void {
    return () => undefined;
  }
  loadExperiment(number: number): Promise<ExperimentDetail> {
    const found = detailIn(this.#recording, number);
    if (found === null) return Promise.reject(new LabError("value", `there is no experiment ${number}`));
    return Promise.resolve(found);
  }
  programHistory(): Promise<readonly ProgramVersion[]> {
    const { experiments, program } = this.#recording.end;
    const kept = experiments.filter(({ status }) => status === "keep");
    const after = kept.at(-1)?.valBpb ?? null;
    const to = experiments.length - 1;
    return Promise.resolve([{ text: program, from: 0, to, kept: kept.length, before: null, after }]);
  }
  listStudies(): Promise<readonly StudyRow[]> {
    const { study, experiments } = this.#recording.end;
    const changedAt = experiments.at(-1)?.finishedAt ?? study.createdAt;
    return Promise.resolve([{ tag: study.tag, experiments: experiments.length, changedAt }]);
  }
  copyFolder(): Promise<null> {
    return Promise.resolve(null);
  }

  start: LabClient["start"] = refuse;
  newStudy: LabClient["newStudy"] = refuse;
  openStudy: LabClient["openStudy"] = refuse;
  deleteStudy: LabClient["deleteStudy"] = refuse;
  restoreStudy: LabClient["restoreStudy"] = refuse;
  nameStudy: LabClient["nameStudy"] = refuse;
  readStudy: LabClient["readStudy"] = refuse;
  stopAfterRun: LabClient["stopAfterRun"] = refuse;
  stopNow: LabClient["stopNow"] = refuse;
  saveProgram: LabClient["saveProgram"] = refuse;
  submitProposal: LabClient["submitProposal"] = refuse;
  assist: LabClient["assist"] = refuse;
  checkSource: LabClient["checkSource"] = refuse;
  exportBundle: LabClient["exportBundle"] = refuse;
  verify: LabClient["verify"] = refuse;
  verifyBundle: LabClient["verifyBundle"] = refuse;
  ablate: LabClient["ablate"] = refuse;
  exampleArena: LabClient["exampleArena"] = refuse;
  openArena: LabClient["openArena"] = refuse;
  readColumns: LabClient["readColumns"] = refuse;
  checkArena: LabClient["checkArena"] = refuse;
  models: LabClient["models"] = refuse;
  importCorpus: LabClient["importCorpus"] = refuse;
  importUrl: LabClient["importUrl"] = refuse;
  forgetDownload: LabClient["forgetDownload"] = refuse;
  useEmbeddedCorpus: LabClient["useEmbeddedCorpus"] = refuse;
  cancelImport: LabClient["cancelImport"] = refuse;
  dismissNotice: LabClient["dismissNotice"] = refuse;
  settleDamage: LabClient["settleDamage"] = refuse;
  bringCopies: LabClient["bringCopies"] = refuse;
  copyToFolder: LabClient["copyToFolder"] = refuse;
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
