// A lab in a tab of a made-up browser, for tests: a real repository in memory, a runner that scores by rule, texts that
// are numbers. Never imported by the lab.
import { vi } from "vitest";
import { LabError } from "../../error.ts";
import type { Corpus, TextFile } from "../../prepare/index.ts";
import { memoryStore, openRepository, type Store } from "../../repo/index.ts";
import { installLocks } from "../../repo/testing/power-cut.ts";
import type { Measurement } from "../../runner/index.ts";
import { Lab } from "../lab/lab.ts";
import type { LabParts } from "../lab/parts.ts";
import { DEFAULT_SETTINGS } from "../contract/settings.ts";
import { Publisher } from "../lab/publisher.ts";
import type { HotEvent, LabEvent, LabState } from "../contract/lab-state.ts";
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
    tokenizer: { vocabSize, byteLengths: new Uint16Array(vocabSize).fill(1) },
    train: tokens(),
    validation: tokens(),
    test: tokens(),
  } as unknown as Corpus;
}

/** A browser: what stays when a tab is closed. */
export function browser() {
  const store: Store = memoryStore();
  const texts = new Map<string, readonly TextFile[]>();
  const opened: string[] = [];
  return { store, texts, opened };
}

type Browser = ReturnType<typeof browser>;

/** A tab with a lab in it. */
export function tab({ store, texts, opened }: Browser, parts: Partial<LabParts> = {}) {
  const events: LabEvent[] = [];
  const hot: HotEvent[] = [];
  const publisher = new Publisher(() => undefined);
  const runner = runnerOf(({ source }) => scored(10 - numberIn(source) / 100));
  const lab = new Lab({
    publisher,
    hot: (event) => void hot.push(event),
    event: (event) => void events.push(event),
    acquire: () => Promise.resolve({ lost: new Promise<string>(() => undefined), release: () => undefined }),
    wait: () => new Promise(() => undefined),
    openRepository: (readOnly) => openRepository({ store, readOnly, packAt: 0 }),
    scratch: () => openRepository({ store: memoryStore(), packAt: 0 }),
    runner: { ...runner, measure: () => Promise.resolve(device) },
    corpora: {
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
    check: (source) =>
      Promise.resolve(source.includes("wrong") ? [{ line: 2, column: 1, message: "wrong type" }] : []),
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
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
