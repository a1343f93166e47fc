// Entry of the lab's worker: gives the lab its parts of the real browser, and carries messages. A worker, because a
// hidden tab's main thread nearly stops while a worker does not.
import { promptApiChannel, systemClock } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import { importText, loadEmbedded } from "../../prepare/index.ts";
import {
  acquireLab,
  indexedDbStore,
  memoryStore,
  openRepository,
  persistStorage,
  waitForLab,
} from "../../repo/index.ts";
import { createRunner, openReaderWorker, openScorerWorker, trainerFrames } from "../../runner/index.ts";
import { checkSource, manualText } from "../check/index.ts";
import { keepText, keptText } from "../study/text-cache.ts";
import { Lab } from "./lab.ts";
import { ResearcherService } from "../researchers/researcher-service.ts";
import { guarded } from "../researchers/key-scan.ts";
import { typeError } from "../loop/propose.ts";
import type { FromLab, ToLab } from "../contract/messages.ts";
import { completeSettings } from "../contract/settings.ts";
import { Publisher } from "./publisher.ts";
import { tellNotice } from "./loop-listener.ts";
import type { LabOutput } from "./parts.ts";

const STORE = "overnight";

const say = (message: FromLab, transfer: Transferable[] = []): void => {
  postMessage(message, { transfer });
};

const voices: LabOutput = {
  publisher: new Publisher((patch) => {
    say({ type: "patch", patch });
  }),
  hot: (event) => {
    say({ type: "hot", event });
  },
  event: (event) => {
    say({ type: "event", event });
  },
};

let lab: Lab | null = null;

/** Who proposes; the page hears of every change. */
function openDesk(promptApi: MessagePort): ResearcherService {
  const { publisher, event } = voices;
  const notice = tellNotice.bind(null, voices);
  const desk: ResearcherService = new ResearcherService({
    changed: () => {
      publisher.set({ models: desk.view() });
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
  return desk;
}

async function open({
  settings,
  ignored,
  corpusUrl,
  frames,
  promptApi,
}: Extract<ToLab, { type: "open" }>): Promise<void> {
  const { publisher } = voices;
  for (const what of ignored) tellNotice(voices, "warning", `Left out of the address: ${what}.`);
  const desk = openDesk(promptApi);
  lab = new Lab({
    ...voices,
    desk,
    acquire: () => acquireLab(),
    wait: () => waitForLab(),
    openRepository: async (readOnly) =>
      guarded(await openRepository({ store: await indexedDbStore(STORE), readOnly }), desk.keys),
    scratch: () => openRepository({ store: memoryStore() }),
    runner: createRunner({
      openTrainer: trainerFrames(frames),
      openScorer: openScorerWorker,
      openReader: openReaderWorker,
    }),
    corpora: {
      embedded: (options) => loadEmbedded(corpusUrl, options),
      fromText: (file, name, options) => importText(file, name, options),
      keep: keepText,
      kept: keptText,
    },
    researcher: desk,
    manual: "", // the desk fetches it for whoever reads one
    check: checkSource,
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
    say({ type: "refusal", id, code, message: error instanceof Error ? error.message : String(error) });
  }
}

onmessage = ({ data }: MessageEvent<ToLab>): void => {
  void (data.type === "open" ? open(data) : answer(data));
};
