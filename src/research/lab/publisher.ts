// Sends the changed parts of LabState to the page, a few times a second at most. An unchanged part keeps its identity on the
// page, so that it is not drawn again.
import type { ExperimentView, LabState } from "../contract/lab-state.ts";
import type { FromLab } from "../contract/messages.ts";

export const FIRST_STATE: LabState = {
  phase: "opening",
  error: null,
  engine: null,
  device: null,
  noDevice: null,
  arenas: [],
  corpus: null,
  corpusProgress: null,
  downloads: [],
  studyProgress: null,
  study: null,
  studies: [],
  titles: {},
  deleted: [],
  experiments: [],
  current: null,
  next: null,
  program: "",
  incumbentSource: "",
  sideTask: null,
  replays: [],
  ablation: null,
  models: null,
  writing: null,
  notices: [],
  persisted: false,
  damage: null,
  storage: { state: "ok", usage: null, quota: null },
  copies: { browser: { at: null, error: null }, folder: null },
};

/** At most five snapshots a second. */
const INTERVAL = 200; // ms

export class Publisher {
  #state: LabState = FIRST_STATE;
  #waiting: Partial<LabState> = {};
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sentAt = -Infinity;
  readonly #send: (patch: Partial<LabState>) => void;
  readonly #now: () => number;

  constructor(send: (patch: Partial<LabState>) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** The state, including changes that have not been sent yet. */
  get state(): LabState {
    return this.#state;
  }

  /** Changes parts of the state, and sends them to the page now or within the interval. */
  set(patch: Partial<LabState>): void {
    this.#state = { ...this.#state, ...patch };
    this.#waiting = { ...this.#waiting, ...patch };
    this.#timer ??= setTimeout(() => this.flush(), Math.max(0, this.#sentAt + INTERVAL - this.#now()));
  }

  /** Sends all pending changes at once: before the answer to a command that depends on them. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (Object.keys(this.#waiting).length === 0) return;
    const patch = this.#waiting;
    this.#waiting = {};
    this.#sentAt = this.#now();
    this.#send(patch);
  }
}

/** Patches as messages to the page, which gets only the experiments that it does not have. */
export function patchMessages(): (patch: Partial<LabState>) => Extract<FromLab, { type: "patch" }> {
  let sent: readonly ExperimentView[] = [];
  return (patch) => {
    const { experiments: now, ...rest } = patch;
    if (now === undefined) return { type: "patch", patch };
    const differs = now.findIndex((view, i) => view !== sent[i]);
    const kept = differs < 0 ? now.length : differs;
    sent = now;
    return { type: "patch", patch: rest, grown: { kept, added: now.slice(kept) } };
  };
}
