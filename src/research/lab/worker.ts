// Entry of the lab's worker: gives the lab the parts of the real browser, and passes messages. It is a worker because
// browsers throttle the main thread of a hidden tab but not its workers.
import { promptApiChannel, systemClock } from "../../researchers/index.ts";
import { LabError, messageOf } from "../../error.ts";
import { CORPUS_CACHE, describeEmbedded, importFiles, loadEmbedded } from "../../prepare/index.ts";
import {
  acquireLab,
  deleteIndexedDb,
  fileWitness,
  indexedDbStore,
  memoryStore,
  openRepository,
  persistStorage,
  waitForLab,
} from "../../repo/index.ts";
import {
  createRunner,
  openReaderWorker,
  openRemoteEngine,
  openEngineWorker,
  trainerFrames,
} from "../../runner/index.ts";
import { assist, checkSource, manualText } from "../check/index.ts";
import { arenaSource } from "../arenas/arena-source.ts";
import { keepText, keptText, TEXT_CACHE } from "../study/text-cache.ts";
import { openDownloads } from "../texts/downloads.ts";
import { DOWNLOAD_CACHE } from "../texts/kept-downloads.ts";
import { parquetInWorker } from "../texts/read-parquet.ts";
import { browserModels } from "../models/model-of.ts";
import { MODEL_CACHE } from "../models/model-store.ts";
import { Lab } from "./lab.ts";
import { ResearcherService } from "../researchers/researcher-service.ts";
import { guarded } from "../researchers/key-scan.ts";
import { CopyKeeper } from "../safety/copy-keeper.ts";
import type { StoreParts } from "../safety/store-parts.ts";
import { type CopyFolder, grantedFolders, ownCopies } from "../safety/copies.ts";
import { evictNext } from "../safety/evict-caches.ts";
import { estimateStorage, StorageWatch } from "../safety/storage-watch.ts";
import { typeError } from "../loop/propose.ts";
import type { FromLab, ToLab } from "../contract/messages.ts";
import { completeSettings } from "../contract/settings.ts";
import { patchMessages, Publisher } from "./publisher.ts";
import { Tabs } from "./tabs.ts";
import { tellNotice } from "./loop-listener.ts";
import type { LabOutput } from "./parts.ts";

const STORE = "overnight";
/** Weights can be trained again, downloads and the embedded text fetched again; the user's own texts must be brought again. */
const EVICTED_IN_ORDER = [MODEL_CACHE, DOWNLOAD_CACHE, CORPUS_CACHE, TEXT_CACHE];

const say = (message: FromLab, transfer: Transferable[] = []): void => {
  postMessage(message, { transfer });
};

const tabs = new Tabs(new BroadcastChannel(`${STORE}.tabs`));

const messageOfPatch = patchMessages();
const voices: LabOutput = {
  publisher: new Publisher((patch) => {
    say(messageOfPatch(patch));
    tabs.patch(patch);
  }),
  hot: (event) => {
    say({ type: "hot", event });
    tabs.hot(event);
  },
  event: (event) => {
    say({ type: "event", event });
  },
};

let lab: Lab | null = null;

/** Frees some room in cache storage, which insecure origins lack. */
async function evict(): Promise<boolean> {
  if (typeof caches === "undefined") return false;
  return evictNext(caches, EVICTED_IN_ORDER, voices.publisher.state.corpus?.hash ?? null);
}

/** The service that proposes changes; its state is published to the page. */
function openService(promptApi: MessagePort): ResearcherService {
  const { publisher, event } = voices;
  const notice = tellNotice.bind(null, voices);
  const service: ResearcherService = new ResearcherService({
    changed: () => {
      publisher.set({ models: service.view() });
    },
    writing: (writing) => {
      publisher.set({ writing });
    },
    event,
    notice,
    check: (source) => typeError({ check: checkSource, listener: { notice } }, source),
    manual: manualText,
    baselines: () => (publisher.state.corpus ? { ...publisher.state.corpus.baselines } : null),
    flopsPerSecond: () => {
      const gflops = publisher.state.device?.gflops ?? null;
      return gflops === null ? null : 1e9 * gflops;
    },
    now: () => systemClock.now(),
    promptApi: promptApiChannel(promptApi),
  });
  return service;
}

/** Opens a file in the browser's own file system. The notebook works without it: a failure is only a warning. */
async function beside<T>(what: string, open: () => Promise<T | null>): Promise<T | null> {
  try {
    return await open();
  } catch (error) {
    tellNotice(voices, "warning", `${what} beside the notebook cannot be read: ${error}`);
    return null;
  }
}

/** The database, the witness beside it, and where copies may be. */
async function storeParts(
  service: ResearcherService,
  copies: CopyKeeper,
  own: CopyFolder | null,
): Promise<StoreParts> {
  const file = await beside("The record", () => fileWitness());
  const witness = file && { ...file, read: () => beside("The record", () => file.read()) };
  let failedBefore = false;
  const failed = (error: unknown) => {
    if (!failedBefore)
      tellNotice(voices, "warning", `The record beside the notebook could not be written: ${error}`);
    failedBefore = true;
  };
  return {
    witness,
    own,
    openStore: () => indexedDbStore(STORE),
    recreateStore: async () => {
      await deleteIndexedDb(STORE);
      return indexedDbStore(STORE);
    },
    openRepository: async (store, { readOnly, last = null }) => {
      const witnessed = witness === null || readOnly ? {} : { witness: { store: witness, last, failed } };
      return guarded(await openRepository({ store, readOnly, ...witnessed }), service.keys);
    },
    copies: () => copies.folders(),
  };
}

async function open({
  settings,
  ignored,
  engine,
  corpusUrl,
  frames,
  promptApi,
}: Extract<ToLab, { type: "open" }>): Promise<void> {
  const { publisher } = voices;
  publisher.set({ engine: engine?.address ?? null });
  for (const what of ignored) tellNotice(voices, "warning", `Left out of the address: ${what}.`);
  const service = openService(promptApi);
  const own = await beside("The copy", ownCopies);
  const copies = new CopyKeeper(own, grantedFolders, systemClock, (view) => {
    publisher.set({ copies: view });
  });
  const watch = new StorageWatch({
    estimate: estimateStorage,
    clock: systemClock,
    evict,
    tell: (storage) => {
      publisher.set({ storage });
    },
  });
  const openSandbox = trainerFrames(frames);
  lab = new Lab({
    ...voices,
    copies,
    watch,
    tabs,
    store: await storeParts(service, copies, own),
    service,
    acquire: () => acquireLab(),
    wait: () => waitForLab(),
    scratch: () => openRepository({ store: memoryStore() }),
    runner: createRunner({
      openTrainer: openSandbox,
      openEngine: () => (engine === null ? openEngineWorker() : openRemoteEngine(engine)),
      openReader: openReaderWorker,
    }),
    corpora: {
      described: (options) => describeEmbedded(corpusUrl, options),
      embedded: (options) => loadEmbedded(corpusUrl, options),
      fromText: (files, options) => importFiles(files, { ...options, readParquet: parquetInWorker }),
      keep: keepText,
      kept: keptText,
      downloads: openDownloads(),
    },
    arenas: arenaSource(openSandbox, { keep: keepText, kept: keptText }),
    models: browserModels,
    researcher: service,
    manual: "", // the service fetches it when a model needs it
    check: checkSource,
    assist,
    clock: systemClock,
    settings: completeSettings(settings),
  });
  publisher.set({ persisted: await persistStorage() });
  await lab.open();
}

async function answer({ id, command }: Extract<ToLab, { type: "command" }>): Promise<void> {
  try {
    if (lab === null) throw new LabError("internal", "the lab is still opening");
    const value = await lab.command(command);
    say({ type: "answer", id, value }, value instanceof Uint8Array ? [value.buffer] : []);
  } catch (error) {
    const code = error instanceof LabError ? error.code : "internal";
    say({ type: "refusal", id, code, message: messageOf(error) });
  }
}

onmessage = ({ data }: MessageEvent<ToLab>): void => {
  if (data.type === "command") void answer(data);
  else
    open(data).catch((error: unknown) => {
      const line = messageOf(error);
      voices.publisher.set({ phase: "failed", error: line });
    });
};
