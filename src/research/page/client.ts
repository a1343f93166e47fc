// The page's end of the lab: starts its worker, opens sandboxes for it (only the main thread can), passes commands on
// and keeps the newest snapshot.
import { LabError, messageOf } from "../../error.ts";
import { Questions } from "../../questions.ts";
import { startWorker } from "../../start-worker.ts";
import labWorker from "../lab/worker.ts?worker&url";
import { type BridgeLink, readBridgeLink, useBridge } from "./bridge-link.ts";
import { servePromptApiWhenAsked } from "./prompt-api.ts";
import { leftForLogin } from "./left-for-login.ts";
import type { ModelContext } from "./web-mcp.ts";
import { enforcePolicy, rememberSources, storedSources } from "./content-policy.ts";
import { chosenEngine, takeEngine } from "./engine-choice.ts";
import type { FromLab, ToLab } from "../contract/messages.ts";
import { settingsFromAddress } from "../contract/settings.ts";
import { FIRST_STATE } from "../lab/publisher.ts";
import type {
  ArenaCheck,
  ArenaView,
  AssistAnswer,
  Command,
  Diagnostic,
  ExperimentDetail,
  ExperimentView,
  HotEvent,
  LabClient,
  LabEvent,
  LabState,
  ModelsAnswer,
  ProgramVersion,
  ReplayView,
  StudyRow,
} from "../contract/lab-state.ts";

/** Leaves the page for OpenRouter's login; loads login.ts for it. */
export const leaveForLogin = async (limit: number): Promise<void> =>
  (await import("./login.ts")).leaveForLogin(limit);
export { allowedSources, rememberSources } from "./content-policy.ts";
export { chooseEngine, chosenEngine } from "./engine-choice.ts";

interface ConnectOptions {
  /** The query of the page's address; default: the page's own. */
  readonly search?: string;
}

/** Starts the lab. One call a page; the lab lives as long as the page does. */
export function connectLab({ search = location.search }: ConnectOptions = {}): LabClient {
  const wrongEngine = takeEngine(location.href, localStorage, (clean) => {
    history.replaceState(null, "", clean);
  });
  const engine = chosenEngine();
  const bridge = takeBridgeLink();
  enforcePolicy(document, () => storedSources(localStorage), engine?.address ?? null);
  const worker = startWorker(new URL(labWorker, document.baseURI).href, "lab");
  const client = new WorkerClient((message, transfer = []) => {
    worker.postMessage(message, transfer);
  });
  worker.onmessage = ({ data }: MessageEvent<FromLab>) => {
    client.hear(data);
  };
  worker.onerror = (event) => {
    client.fail(`the lab's worker failed: ${event.message || "it did not start"}`);
  };
  giveUpInCache(worker);
  const frames = new MessageChannel();
  // The page is drawn before the runner's code is loaded; the lab's requests wait in the port until then.
  void import("../../runner/index.ts").then(
    ({ serveTrainerFrames }) => {
      serveTrainerFrames(frames.port1);
    },
    (error: unknown) => {
      client.fail(`the runner could not be loaded: ${error}`);
    },
  );
  const corpusUrl = new URL("corpus", document.baseURI).href;
  const prompts = new MessageChannel();
  servePromptApiWhenAsked(prompts.port1);
  const ports = { frames: frames.port2, promptApi: prompts.port2 };
  const { settings, ignored } = settingsFromAddress(search);
  const left = wrongEngine === null ? ignored : [...ignored, wrongEngine];
  const open: ToLab = { type: "open", settings, ignored: left, engine, corpusUrl, ...ports };
  worker.postMessage(open, Object.values(ports));
  const show = (error: unknown) => {
    const text = messageOf(error);
    const notice = { id: -1, level: "error", text } as const;
    client.hear({ type: "patch", patch: { notices: [...client.state().notices, notice] } });
  };
  // An abandoned login leaves the lab without a key; the page shows the error of a login that failed.
  returnFromLogin(client).catch(show);
  bridge.then((link) => link && useBridge(client, link)).catch(show);
  // Opening such a link in a tab of the lab changes only the part after the #, which loads nothing.
  addEventListener("hashchange", () => {
    if (/[#&](bridge|engine)=/.test(location.hash)) location.reload();
  });
  const { modelContext } = navigator as { modelContext?: ModelContext };
  if (modelContext) {
    import("./web-mcp.ts").then(({ offerTools }) => offerTools(modelContext, client)).catch(show);
  }
  void askToPersist(client);
  return client;
}

/** The bridge in the page's address, which the page may reach from now on. Rejects if it is not on this machine. */
async function takeBridgeLink(): Promise<BridgeLink | null> {
  const link = readBridgeLink(location.href);
  if (link === null) return null;
  history.replaceState(null, "", link.clean);
  rememberSources(link.sources, localStorage);
  return link;
}

async function returnFromLogin(client: LabClient): Promise<void> {
  if (leftForLogin(sessionStorage)) await (await import("./login.ts")).returnFromLogin(client);
}

/**
 * A page in the back/forward cache would keep the lab's lock, so its worker ends when the page enters the cache. On
 * return the page reloads and opens the lab as the owner or as a reader.
 */
function giveUpInCache(worker: Worker): void {
  addEventListener("pagehide", ({ persisted }) => {
    if (persisted) worker.terminate();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}

/** Only a window may ask the browser not to evict the repository. */
async function askToPersist(client: WorkerClient): Promise<void> {
  // Absent in insecure contexts, although the types always have it.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  if ((await storage?.persist?.()) === true) client.hear({ type: "patch", patch: { persisted: true } });
}

type Send = (message: ToLab, transfer?: Transferable[]) => void;

/** A LabClient over any way to reach the lab. */
export class WorkerClient implements LabClient {
  readonly #send: Send;
  readonly #states = new Set<(state: LabState) => void>();
  readonly #hots = new Set<(event: HotEvent) => void>();
  readonly #events = new Set<(event: LabEvent) => void>();
  readonly #questions = new Questions<unknown>();
  #state: LabState = FIRST_STATE;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Handles a message from the lab. */
  hear(message: FromLab): void {
    switch (message.type) {
      case "patch":
        this.#state = { ...this.#state, ...message.patch };
        if (message.grown !== undefined) {
          const { kept, added } = message.grown;
          this.#state = {
            ...this.#state,
            experiments: [...this.#state.experiments.slice(0, kept), ...added],
          };
        }
        for (const listener of this.#states) listener(this.#state);
        break;
      case "hot":
        for (const listener of this.#hots) listener(message.event);
        break;
      case "event":
        for (const listener of this.#events) listener(message.event);
        break;
      case "answer":
        this.#questions.answer(message.id, message.value);
        break;
      case "refusal":
        this.#questions.refuse(message.id, new LabError(message.code, message.message));
        break;
    }
  }

  /** Marks the lab as failed and rejects every open command. */
  fail(error: string): void {
    this.hear({ type: "patch", patch: { phase: "failed", error, current: null } });
    this.#questions.refuseAll(new LabError("internal", error));
  }

  #ask(command: Command): Promise<unknown> {
    return this.#questions.ask((id) => {
      this.#send({ type: "command", id, command });
    });
  }
  async #do(command: Command): Promise<void> {
    await this.#ask(command);
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.subscribe(({ phase, error }) => {
        if (phase === "opening") return;
        // Unsubscribes in a microtask, because the first call comes before `stop` is assigned.
        queueMicrotask(() => {
          stop();
        });
        if (phase === "failed" || phase === "damaged")
          reject(new LabError("internal", error ?? "the lab did not open"));
        else resolve();
      });
    });
  }
  state(): LabState {
    return this.#state;
  }
  /** Calls `listener` now and with every snapshot to come. */
  subscribe(listener: (state: LabState) => void): () => void {
    return listen(this.#states, listener, () => {
      listener(this.#state);
    });
  }
  hot(listener: (event: HotEvent) => void): () => void {
    return listen(this.#hots, listener);
  }
  onEvent(listener: (event: LabEvent) => void): () => void {
    return listen(this.#events, listener);
  }

  start: LabClient["start"] = (settings) => this.#do({ type: "start", settings });
  newStudy: LabClient["newStudy"] = (settings) => this.#do({ type: "new-study", settings });
  openStudy: LabClient["openStudy"] = (tag) => this.#do({ type: "open-study", tag });
  deleteStudy: LabClient["deleteStudy"] = (tag) => this.#do({ type: "delete-study", tag });
  restoreStudy: LabClient["restoreStudy"] = (tag) => this.#do({ type: "restore-study", tag });
  listStudies: LabClient["listStudies"] = async () =>
    (await this.#ask({ type: "list-studies" })) as readonly StudyRow[];
  nameStudy: LabClient["nameStudy"] = (tag, title) => this.#do({ type: "name-study", tag, title });
  readStudy: LabClient["readStudy"] = async (tag) =>
    (await this.#ask({ type: "read-study", tag })) as readonly ExperimentView[];
  programHistory: LabClient["programHistory"] = async () =>
    (await this.#ask({ type: "program-history" })) as readonly ProgramVersion[];
  stopAfterRun: LabClient["stopAfterRun"] = () => this.#do({ type: "stop-after-run" });
  stopNow: LabClient["stopNow"] = () => this.#do({ type: "stop-now" });
  saveProgram: LabClient["saveProgram"] = (text) => this.#do({ type: "save-program", text });
  submitProposal: LabClient["submitProposal"] = async (source, hypothesis, base = null, by) =>
    (await this.#ask({ type: "submit-proposal", source, hypothesis, base, ...(by && { by }) })) as number;
  checkSource: LabClient["checkSource"] = async (source) =>
    (await this.#ask({ type: "check-source", source })) as readonly Diagnostic[];
  assist: LabClient["assist"] = async (question) =>
    (await this.#ask({ type: "assist", question })) as AssistAnswer | null;
  loadExperiment: LabClient["loadExperiment"] = async (number) =>
    (await this.#ask({ type: "load-experiment", number })) as ExperimentDetail;
  exportBundle: LabClient["exportBundle"] = async () =>
    (await this.#ask({ type: "export-bundle" })) as Uint8Array;
  verify: LabClient["verify"] = async (number) => (await this.#ask({ type: "verify", number })) as ReplayView;
  verifyBundle: LabClient["verifyBundle"] = async (bytes, commit, runs) =>
    (await this.#ask({ type: "verify-bundle", bytes, commit, runs })) as ReplayView;
  ablate: LabClient["ablate"] = () => this.#do({ type: "ablate" });
  exampleArena: LabClient["exampleArena"] = async () =>
    (await this.#ask({ type: "example-arena" })) as Readonly<Record<string, string>>;
  openArena: LabClient["openArena"] = async (choice) =>
    (await this.#ask({ type: "open-arena", choice })) as ArenaView;
  readColumns: LabClient["readColumns"] = async (id, file) =>
    (await this.#ask({ type: "read-columns", id, file })) as readonly string[];
  checkArena: LabClient["checkArena"] = async (choice) =>
    (await this.#ask({ type: "check-arena", choice })) as ArenaCheck;
  models: LabClient["models"] = async (ask) => (await this.#ask({ type: "models", ask })) as ModelsAnswer;
  importCorpus: LabClient["importCorpus"] = (files) => this.#do({ type: "import-corpus", files });
  importUrl: LabClient["importUrl"] = (url) => this.#do({ type: "import-url", url });
  forgetDownload: LabClient["forgetDownload"] = (url) => this.#do({ type: "forget-download", url });
  useEmbeddedCorpus: LabClient["useEmbeddedCorpus"] = () => this.#do({ type: "use-embedded-corpus" });
  cancelImport: LabClient["cancelImport"] = () => this.#do({ type: "cancel-import" });
  dismissNotice: LabClient["dismissNotice"] = (id) => this.#do({ type: "dismiss-notice", id });
  settleDamage: LabClient["settleDamage"] = (how) => this.#do({ type: "settle-damage", how });
  bringCopies: LabClient["bringCopies"] = (copies) => this.#do({ type: "bring-copies", copies });
  copyToFolder: LabClient["copyToFolder"] = (folder) => this.#do({ type: "copy-to-folder", folder });
  copyFolder: LabClient["copyFolder"] = async () =>
    (await this.#ask({ type: "copy-folder" })) as FileSystemDirectoryHandle | null;
}

function listen<T>(listeners: Set<T>, listener: T, first: () => void = () => undefined): () => void {
  listeners.add(listener);
  first();
  return () => {
    listeners.delete(listener);
  };
}
