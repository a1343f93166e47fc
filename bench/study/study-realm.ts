// The lab's three realms in one process of Node, for whole studies by researchers that are trusted: real loop, repository,
// runner, trainer, engine and engines, but no sandbox, so pipelines stay compiled from run to run. Bundled once and
// imported three times (study-node.ts), because an engine is active in its module: each realm has its own.

import "fake-indexeddb/auto"; // lightning-fs needs it, although the store is in memory
import {
  builtinResearcher,
  randomResearcher,
  systemClock as loopClock,
} from "../../src/researchers/index.ts";
import { nodeGpu } from "../../src/nn/runtime/node.ts";
import { importText, importTexts } from "../../src/prepare/index.ts";
import { memoryStore, openRepository } from "../../src/repo/index.ts";
import { Lab } from "../../src/research/lab/lab.ts";
import type { LabParts } from "../../src/research/lab/parts.ts";
import { Tabs } from "../../src/research/lab/tabs.ts";
import { CopyKeeper } from "../../src/research/safety/copy-keeper.ts";
import { NO_ARENAS } from "../../src/research/testing/no-arenas.ts";
import { StorageWatch } from "../../src/research/safety/storage-watch.ts";
import { completeSettings } from "../../src/research/contract/settings.ts";
import { Publisher } from "../../src/research/lab/publisher.ts";
import type { LabEvent } from "../../src/research/contract/lab-state.ts";
import { systemClock, type Clock } from "../../src/runner/clock.ts";
import { createRunner, type OpenTrainer, type Runner } from "../../src/runner/index.ts";
import { parseTrainerCommand } from "../../src/runner/contract/protocol.ts";
import { openComputeEngine } from "../../src/runner/engine/engine.ts";
import { EngineHost } from "../../src/runner/engine/host.ts";
import type { SessionReply } from "../../src/runner/engine/session-protocol.ts";
import { remoteEngine } from "../../src/runner/trainer/remote-engine.ts";
import { Trainer } from "../../src/runner/trainer/trainer.ts";
import type { ReaderCommand } from "../../src/runner/carried/protocol.ts";
import { Reader } from "../../src/runner/carried/reader.ts";
import { ARENA, type StudyOptions } from "./study-options.ts";

/** Gives this process a `navigator.gpu`; once, before any realm opens an engine. */
export async function provideGpu(): Promise<void> {
  Object.defineProperty(globalThis, "navigator", { value: { gpu: await nodeGpu() }, configurable: true });
}

// As in the workers, in ms.
const BEAT = 500;

/** A trainer for each run. */
export function trainerRealm(): OpenTrainer {
  const { now } = patientClock();
  const load = async (code: string) => {
    const url = `data:text/javascript,${encodeURIComponent(code)}`;
    return ((await import(url)) as { default: (lab: object) => Promise<void> }).default;
  };
  return () => {
    const { port1, port2 } = new MessageChannel();
    let trainer: Trainer | null = null;
    let beat: ReturnType<typeof setInterval> | undefined;
    let closed = false;
    port2.onmessage = ({ data }: MessageEvent<unknown>) => {
      const command = parseTrainerCommand(data);
      if (command.type === "again") return trainer?.again();
      if (command.type === "begin") return trainer?.begin();
      const { engine: session, memory, seqLen } = command;
      const engine = remoteEngine({ memory, seqLen, post: (request) => session.postMessage(request) });
      session.onmessage = ({ data: reply }: MessageEvent<SessionReply>) => {
        engine.hear(reply);
      };
      const post = (message: object, transfer: Transferable[] = []) => {
        if (!closed) port2.postMessage(message, transfer);
      };
      post({ type: "hello" });
      // Trusted: globals are shared.
      const world = {
        engine,
        post,
        now,
        load,
        timers: globalThis,
        scope: {},
        restart: () => undefined,
        lineOf: null,
      };
      const mine = (trainer = new Trainer(world, command));
      beat = setInterval(() => {
        mine.beat();
      }, BEAT);
      void mine.run();
    };
    return Promise.resolve({
      port: port1,
      failed: new Promise<string>(() => undefined),
      close() {
        closed = true;
        clearInterval(beat);
        port1.close();
        port2.close();
      },
    });
  };
}

/** The engine with the interface of a worker. */
export function engineRealm(): Worker {
  const worker = new EventTarget() as Worker;
  const { hear, leave } = new EngineHost(() => openComputeEngine()).connect((data) => {
    setImmediate(() => worker.onmessage?.({ data } as MessageEvent<unknown>));
  });
  worker.postMessage = hear;
  worker.terminate = leave;
  return worker;
}

/** The reader with the interface of a worker. */
function readerRealm(): Worker {
  const worker = new EventTarget() as Worker;
  const reader = new Reader();
  worker.postMessage = (command: ReaderCommand) => {
    setImmediate(() => {
      const data = reader.answer(command);
      if (data !== null) worker.onmessage?.({ data } as MessageEvent<unknown>);
    });
  };
  worker.terminate = () => undefined;
  return worker;
}

/**
 * A process that compiles and computes on one thread is often silent for seconds, and no watchdog may mistake that for
 * a hang: between two readings of this clock at most a fifth of a second passes. Budgets here are in tokens.
 */
function patientClock(): Clock {
  let [now, last] = [0, performance.now()];
  const tell = () => {
    const real = performance.now();
    now += Math.min(200, real - last);
    last = real;
    return now;
  };
  return { now: tell, wall: tell, every: systemClock.every };
}

/** The runner that all studies of a comparison share, so that its pipelines stay compiled. */
export function labRealm(openTrainer: OpenTrainer, openEngine: () => Worker): Runner {
  return createRunner({ openTrainer, openEngine, openReader: readerRealm, clock: patientClock() });
}

/** The parts of a lab that keeps nothing: no witness, no copies, unlimited room. */
function nothingKept(): Pick<LabParts, "store" | "copies" | "watch" | "tabs"> {
  const folders = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
  const nothing = { estimate: () => Promise.resolve(null), evict: () => Promise.resolve(false) };
  return {
    store: {
      witness: null,
      own: null,
      recreateStore: () => Promise.resolve(memoryStore()),
      openStore: () => Promise.resolve(memoryStore()),
      openRepository: (store) => openRepository({ store }),
      copies: () => Promise.resolve([]),
    },
    tabs: new Tabs({ postMessage: () => undefined, onmessage: null }),
    copies: new CopyKeeper(null, folders, loopClock, () => undefined),
    watch: new StorageWatch({ ...nothing, clock: loopClock, tell: () => undefined }),
  };
}

export async function runStudy(
  runner: Runner,
  options: StudyOptions,
  onEvent: (event: LabEvent) => void,
): Promise<Uint8Array> {
  const { researcher, seed, experiments, budgetTokens, context } = options;
  const settings = completeSettings({ ...ARENA, seed, experiments, budgetTokens, context });
  const file = new Blob([options.text]);
  const open = () => openRepository({ store: memoryStore() });
  const publisher = new Publisher(() => undefined);
  const lab = new Lab({
    publisher,
    hot: () => undefined,
    event: onEvent,
    acquire: () => Promise.resolve({ lost: new Promise<string>(() => undefined), release: () => undefined }),
    wait: () => new Promise(() => undefined),
    ...nothingKept(),
    scratch: open,
    runner,
    models: { keep: () => Promise.resolve() },
    arenas: NO_ARENAS,
    corpora: {
      described: (corpus) => importText(file, "small.txt", corpus),
      embedded: (corpus) => importText(file, "small.txt", corpus),
      fromText: importTexts,
      keep: () => Promise.resolve(),
      kept: () => Promise.resolve([{ name: "small.txt", file }]),
      downloads: {
        fetch: (url) => Promise.reject(new RangeError(`a bench fetches nothing: ${url}`)),
        list: () => Promise.resolve([]),
        forget: () => Promise.resolve(),
      },
    },
    researcher: researcher === "random" ? randomResearcher() : builtinResearcher(),
    manual: "",
    check: () => Promise.resolve([]),
    assist: () => Promise.resolve(null),
    clock: loopClock,
    settings,
  });
  await lab.open();
  await lab.command({ type: "new-study", settings: { ...settings, train: options.train } });
  while (publisher.state.phase === "running") await new Promise((resolve) => setTimeout(resolve, 50));
  if (publisher.state.error !== null) throw new Error(publisher.state.error);
  return (await lab.command({ type: "export-bundle" })) as Uint8Array;
}
