// A lab in a tab of a fake browser, for tests: a real repository in memory, a runner that scores by a formula, and
// made-up tokens for a corpus. Never imported by the lab.
import { vi } from "vitest";
import { LabError } from "../../error.ts";
import type { Corpus, TextFile } from "../../prepare/index.ts";
import { memoryStore, memoryWitness, openRepository } from "../../repo/index.ts";
import { installLocks } from "../../repo/testing/power-cut.ts";
import type { Measurement } from "../../runner/index.ts";
import { Lab } from "../lab/lab.ts";
import type { LabParts } from "../lab/parts.ts";
import type { CopyFolder } from "../safety/copies.ts";
import { CopyKeeper } from "../safety/copy-keeper.ts";
import { StorageWatch } from "../safety/storage-watch.ts";
import type { StoreParts } from "../safety/store-parts.ts";
import { DEFAULT_SETTINGS } from "../contract/settings.ts";
import { type TabChannel, Tabs } from "../lab/tabs.ts";
import { Publisher } from "../lab/publisher.ts";
import type { HotEvent, LabEvent, LabState } from "../contract/lab-state.ts";
import { NO_ARENAS } from "./no-arenas.ts";
import { countingResearcher, numberIn, runnerOf, scored, sourceOf } from "./loop-fakes.ts";

installLocks();

export const device: Measurement = {
  flopsPerSecond: 6e9,
  tier: "software",
  vendor: "test",
  architecture: "",
  description: "a test",
  software: true,
  features: [],
};

function corpusOf(hash: string, name: string, vocabSize: number): Corpus {
  const length = 40_000;
  const tokens = () => Uint16Array.from({ length }, (_, i) => i % 256);
  return {
    manifest: {
      name,
      hash,
      vocabSize,
      bytes: { train: length, validation: length, test: length },
      tokens: { train: length, validation: length, test: length },
      shards: [],
      merges: null,
      separator: 0,
      baselines: { uniform: 8, unigram: 5, bigram: 4, order5: 3, gzip: 3 },
      packages: [],
    },
    tokenizer: {
      vocabSize,
      byteLengths: new Uint16Array(vocabSize).fill(1),
      decode: (ids: Uint16Array) => Uint8Array.from(ids, (id) => 97 + (id % 26)),
    },
    train: tokens(),
    validation: tokens(),
    test: tokens(),
  } as unknown as Corpus;
}

/** The part of a browser that survives a closed tab. */
export function browser() {
  const store = memoryStore();
  const witness = memoryWitness();
  const own = memoryFolder();
  const texts = new Map<string, readonly TextFile[]>();
  const opened: string[] = [];
  return { store, witness, own, texts, opened, channels: new Set<TabChannel>() };
}

/** A tab's channel: every other tab receives its messages. */
function channelIn(channels: Set<TabChannel>): TabChannel {
  const channel: TabChannel = {
    onmessage: null,
    postMessage: (data) => {
      for (const other of channels)
        if (other !== channel)
          other.onmessage?.(new MessageEvent("message", { data: structuredClone(data) }));
    },
  };
  channels.add(channel);
  return channel;
}

/** A folder of the browser's own file system. */
function memoryFolder(): CopyFolder {
  const files = new Map<string, Uint8Array>();
  return {
    name: "this browser's copy",
    read: () => Promise.resolve([...files].map(([name, bytes]) => ({ name, bytes }))),
    write: (name, bytes) => Promise.resolve(void files.set(name, bytes)),
    clear: () => Promise.resolve(files.clear()),
  };
}

const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
const noFolders = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
const fail = (error: unknown) => {
  throw error;
};

type Browser = ReturnType<typeof browser>;

/** The store of that browser, as a tab opens it. */
export function storeOf({ store, witness, own }: Browser): StoreParts {
  return {
    witness,
    own,
    openStore: () => Promise.resolve({ ...store, close: () => Promise.resolve() }),
    recreateStore: () => Promise.resolve({ ...store, close: () => Promise.resolve() }),
    openRepository: (opened, { readOnly, last = null }) => {
      const beside = { store: witness, last, failed: fail };
      return openRepository({ store: opened, readOnly, packAt: 0, ...(readOnly ? {} : { witness: beside }) });
    },
    copies: () => Promise.resolve([own]),
  };
}

/** A tab with a lab in it. */
export function tab(home: Browser, parts: Partial<LabParts> = {}) {
  const { own, texts, opened, channels } = home;
  const events: LabEvent[] = [];
  const hot: HotEvent[] = [];
  const tabs = new Tabs(channelIn(channels));
  const publisher = new Publisher((patch) => tabs.patch(patch));
  const runner = runnerOf(({ source }) => scored(10 - numberIn(source) / 100));
  const lab = new Lab({
    publisher,
    tabs,
    hot: (event) => {
      hot.push(event);
      tabs.hot(event);
    },
    event: (event) => void events.push(event),
    acquire: () => Promise.resolve({ lost: new Promise<string>(() => undefined), release: () => undefined }),
    wait: () => new Promise(() => undefined),
    store: storeOf(home),
    copies: new CopyKeeper(own, noFolders, clock, (copies) => publisher.set({ copies })),
    watch: new StorageWatch({
      clock: { ...clock, sleep: () => new Promise(() => undefined) },
      estimate: () => Promise.resolve(null),
      evict: () => Promise.resolve(false),
      tell: (storage) => publisher.set({ storage }),
    }),
    scratch: () => openRepository({ store: memoryStore(), packAt: 0 }),
    runner: { ...runner, measure: () => Promise.resolve(device) },
    models: { keep: () => Promise.resolve() },
    arenas: NO_ARENAS,
    corpora: {
      described: ({ vocabSize }) => {
        const { manifest, tokenizer } = corpusOf("embedded", "packages", vocabSize);
        return Promise.resolve({ manifest, tokenizer });
      },
      downloads: {
        fetch: () => Promise.reject(new LabError("corpus", "there is no network")),
        list: () => Promise.resolve([]),
        forget: () => Promise.resolve(),
      },
      embedded: ({ vocabSize }) => {
        opened.push(`embedded ${vocabSize}`);
        return Promise.resolve(corpusOf("embedded", "packages", vocabSize));
      },
      fromText: async (files, { vocabSize }) => {
        const name = files.map((one) => one.name).join(", ");
        opened.push(`${name} ${vocabSize}`);
        const text = (await Promise.all(files.map(({ file }) => file.text()))).join("");
        if (text.length < 10) throw new LabError("corpus", `${name} is too short`);
        const corpus = corpusOf(`hash of ${text}`, name, vocabSize);
        const known = text.includes("by heart") ? { known: { name: "A Play", share: 0.184 } } : {};
        return { ...corpus, manifest: { ...corpus.manifest, ...known } };
      },
      keep: (hash, files) => Promise.resolve(void texts.set(hash, files)),
      kept: (hash) => Promise.resolve(texts.get(hash) ?? null),
    },
    researcher: countingResearcher(),
    manual: "",
    assist: () => Promise.resolve(null),
    check: (source) =>
      Promise.resolve(source.includes("wrong") ? [{ line: 2, column: 1, message: "wrong type" }] : []),
    clock,
    settings: DEFAULT_SETTINGS,
    ...parts,
  });
  const until = (what: (state: LabState) => boolean) =>
    vi.waitFor(
      () => {
        if (!what(publisher.state)) throw new Error(`${publisher.state.phase} ${publisher.state.error}`);
      },
      { timeout: 5000, interval: 2 },
    );
  return { lab, events, hot, runner, until, state: () => publisher.state };
}

export const quick = { budgetSeconds: 5, train: sourceOf(0) };

/** A runner that never ends the run of experiment `n`. */
export const hangingAt = (n: number) => {
  const runner = runnerOf(({ source }) =>
    numberIn(source) === n ? null : scored(10 - numberIn(source) / 100),
  );
  return { ...runner, measure: () => Promise.resolve(device) };
};
