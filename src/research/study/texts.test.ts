import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LabError } from "../../error.ts";
import type { Corpus, DescribedCorpus } from "../../prepare/index.ts";
import { Corpora, type CorpusSources } from "./texts.ts";

const corpus = { manifest: { hash: "embedded", vocabSize: 256 } } as unknown as Corpus;
const away = () =>
  new LabError("corpus", { what: "cannot fetch a shard", cause: new TypeError("Failed to fetch") });
const missing = () => new LabError("corpus", { what: "cannot fetch a shard", got: "HTTP status 404" });

function corporaThat(embedded: () => Promise<Corpus>) {
  const told: (string | null)[] = [];
  const sources: CorpusSources = {
    described: () => Promise.resolve(corpus as DescribedCorpus),
    embedded,
    fromText: () => Promise.reject(missing()),
    keep: () => Promise.resolve(),
    kept: () => Promise.resolve(null),
    downloads: {
      fetch: () => Promise.reject(missing()),
      list: () => Promise.resolve([]),
      forget: () => Promise.resolve(),
    },
  };
  return { told, corpora: new Corpora(sources, (progress) => told.push(progress?.what ?? null)) };
}

describe("the text of a study that begins while the host is away", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("is waited for, and fetched as soon as the host answers", async () => {
    const answers = [away, away];
    const { corpora, told } = corporaThat(() => {
      const refuse = answers.shift();
      return refuse === undefined ? Promise.resolve(corpus) : Promise.reject(refuse());
    });
    const found = corpora.withVocabulary(256);
    await vi.advanceTimersByTimeAsync(6000);
    expect(await found).toBe(corpus);
    expect(told).toEqual([
      "Waiting for the network to fetch the text",
      "Waiting for the network to fetch the text",
      null,
    ]);
  });

  it("is not waited for any more after a cancellation", async () => {
    const { corpora } = corporaThat(() => Promise.reject(away()));
    const found = expect(corpora.withVocabulary(256)).rejects.toMatchObject({ code: "cancelled" });
    await vi.advanceTimersByTimeAsync(100);
    corpora.cancel();
    await found;
  });

  it("is an error at once where the host has no such text", async () => {
    const { corpora } = corporaThat(() => Promise.reject(missing()));
    await expect(corpora.withVocabulary(256)).rejects.toThrow("404");
  });

  it("does not keep the notebook from opening", async () => {
    const { corpora } = corporaThat(() => Promise.reject(away()));
    const study = { study: "nov20", corpusHash: "other", corpusName: "a text", vocabSize: 256 };
    await expect(corpora.forStudy(study as Parameters<Corpora["forStudy"]>[0])).rejects.toThrow(
      "cannot fetch",
    );
  });
});
