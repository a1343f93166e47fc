// The lab's open text: the embedded one, or one of the user's own. A study keeps the text it began with, so a
// text of the user's own is kept in the browser from the moment a study begins on it.
import { LabError } from "../../error.ts";
import type { Corpus, CorpusProgress, CorpusStage, DescribedCorpus, TextFile } from "../../prepare/index.ts";
import { noise } from "../../prepare/index.ts";
import type { CorpusView, LabState } from "../contract/lab-state.ts";
import type { Downloads } from "../texts/downloads.ts";
import type { StudyFile } from "./study.ts";

interface CorpusOptions {
  readonly vocabSize: number;
  readonly onProgress: (progress: CorpusProgress) => void;
  readonly signal: AbortSignal;
}

/** Where texts come from. */
export interface CorpusSources {
  /** The embedded text before it is fetched. */
  described(options: Pick<CorpusOptions, "vocabSize">): Promise<DescribedCorpus>;
  embedded(options: CorpusOptions): Promise<Corpus>;
  fromText(files: readonly TextFile[], options: CorpusOptions): Promise<Corpus>;
  /** The file at an address of the network. */
  readonly downloads: Downloads;
  /** Keeps a text for a study that must survive a reload. */
  keep(hash: string, files: readonly TextFile[]): Promise<void>;
  kept(hash: string): Promise<readonly TextFile[] | null>;
}

/** Pause between two attempts to reach the host of the page [ms]. */
const RETRY_MS = 3000;

type ProgressView = LabState["corpusProgress"];

const WORDS: Readonly<Record<CorpusStage, string>> = {
  downloading: "Downloading the text",
  fetching: "Fetching the text",
  unpacking: "Unpacking the text",
  reading: "Reading the text",
  tokenizer: "Learning a vocabulary",
  tokens: "Encoding the text",
  baselines: "Measuring simple models",
};

export class Corpora {
  #current: Corpus | null = null;
  #described: DescribedCorpus | null = null;
  /** The files behind `#current`; null for the embedded text. */
  #files: readonly TextFile[] | null = null;
  #job: AbortController | null = null;
  readonly #sources: CorpusSources;
  readonly #tell: (progress: ProgressView) => void;

  constructor(sources: CorpusSources, tell: (progress: ProgressView) => void) {
    this.#sources = sources;
    this.#tell = tell;
  }

  get current(): Corpus | null {
    return this.#current;
  }

  /** The text for the next study; null: a study is on the page, and `current` is its text. */
  get described(): DescribedCorpus | null {
    return this.#current ?? this.#described;
  }

  /** Chooses the embedded text for the next study, which fetches it when it begins. */
  async chooseEmbedded(vocabSize: number): Promise<DescribedCorpus> {
    const described = await this.#sources.described({ vocabSize });
    this.#files = null;
    this.#current = null;
    return (this.#described = described);
  }

  /** `patient`: waits for a host that does not answer, until `cancel`. */
  async useEmbedded(vocabSize: number, patient = false): Promise<Corpus> {
    const corpus = await this.#work(patient, (options) => {
      const fetched = () => this.#sources.embedded({ ...options, vocabSize });
      return patient ? this.#patiently(fetched, options.signal) : fetched();
    });
    this.#files = null;
    return (this.#current = corpus);
  }

  /** Opens the text of these files. After LabError `corpus` or `cancelled` nothing has changed. */
  async useText(files: readonly TextFile[], vocabSize: number): Promise<Corpus> {
    const corpus = await this.#work(true, (options) =>
      this.#sources.fromText(files, { ...options, vocabSize }),
    );
    this.#files = files;
    return (this.#current = corpus);
  }

  /** Opens the text at an address of the network; see useText. */
  async useUrl(url: string, vocabSize: number): Promise<Corpus> {
    let file: TextFile | null = null;
    const corpus = await this.#work(true, async (options) => {
      file = await this.#sources.downloads.fetch(url, options);
      return this.#sources.fromText([file], { ...options, vocabSize });
    });
    this.#files = file && [file];
    return (this.#current = corpus);
  }

  /** The open text with a vocabulary of that size. */
  withVocabulary(vocabSize: number): Promise<Corpus> {
    if (this.#current?.manifest.vocabSize === vocabSize) return Promise.resolve(this.#current);
    return this.#files ? this.useText(this.#files, vocabSize) : this.useEmbedded(vocabSize, true);
  }

  /** The text of a study. Throws LabError `corpus` when it is not available any more. */
  async forStudy({ study, corpusHash, corpusName, vocabSize }: StudyFile, patient = false): Promise<Corpus> {
    if (this.#current?.manifest.hash === corpusHash) return this.withVocabulary(vocabSize);
    const kept = await this.#sources.kept(corpusHash);
    if (kept) {
      const corpus = await this.useText(kept, vocabSize);
      if (corpus.manifest.hash === corpusHash) return corpus;
      throw new LabError("corpus", {
        what: `the text of study ${study} (${corpusName}) reads differently than when the study began`,
        hint: "byte order marks inside a text are left out now; begin a new study on it",
      });
    }
    const embedded = await this.useEmbedded(vocabSize, patient);
    if (embedded.manifest.hash === corpusHash) return embedded;
    throw new LabError("corpus", {
      what: `the text of study ${study} (${corpusName}) is not here`,
      hint: "bring the same file again, or begin a new study",
    });
  }

  /** Keeps the user's own text for the study that begins on it. */
  async keep(): Promise<void> {
    if (this.#files && this.#current) await this.#sources.keep(this.#current.manifest.hash, this.#files);
  }

  cancel(): void {
    this.#job?.abort();
  }

  /** Repeats a job while the host does not answer. */
  async #patiently<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await job();
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        this.#tell({
          what: "Waiting for the network to fetch the text",
          done: 0,
          total: 0,
          cancellable: true,
        });
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #work(
    cancellable: boolean,
    job: (options: Omit<CorpusOptions, "vocabSize">) => Promise<Corpus>,
  ): Promise<Corpus> {
    if (this.#job) throw new LabError("corpus", "another text is being opened; wait for it or cancel it");
    const control = (this.#job = new AbortController());
    const onProgress = ({ stage, done, total }: CorpusProgress) =>
      this.#tell({ what: WORDS[stage], done, total, cancellable });
    try {
      return await job({ onProgress, signal: control.signal });
    } finally {
      this.#job = null;
      this.#tell(null);
    }
  }
}

/** The network is off, or the host is stopped; `fetch` says so by a TypeError. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof LabError && error.code === "corpus" && error.cause instanceof TypeError;

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer);
      reject(new LabError("cancelled", "cancelled on request"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", cancel); // a host may be away for a night
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", cancel);
  });
}

/** Enough tokens for three lines. */
const UNTRAINED_TOKENS = 60;

export function corpusView({ manifest, tokenizer }: DescribedCorpus): CorpusView {
  const {
    name,
    hash,
    vocabSize,
    bytes,
    baselines,
    packages,
    known = null,
    files = [],
    skipped = 0,
    texts = 0,
    leftOut = [],
    origins = [],
  } = manifest;
  const drawn = tokenizer.decode(noise(UNTRAINED_TOKENS, vocabSize, 1));
  const untrained = new TextDecoder().decode(drawn);
  const trivial = triviality(manifest);
  return {
    name,
    hash,
    vocabSize,
    bytes,
    baselines,
    packages,
    known,
    files,
    skipped,
    texts,
    leftOut,
    origins,
    trivial,
    untrained,
  };
}

/** Below this many bits per byte a text mostly repeats itself: prose has 2 to 3, source code 1.5 to 2. */
const TRIVIAL_GZIP = 0.8;
/** From this share on, the validation text is mostly a copy of the training text. */
const TRIVIAL_SHARE = 0.5;

/** Why a score on this text says little, in one line; null: no such reason was found. */
function triviality({ baselines, repeated = 0, packages }: Corpus["manifest"]): string | null {
  if (packages.length > 0) return null;
  if (repeated >= TRIVIAL_SHARE)
    return `${Math.round(100 * repeated)} % of its validation part stands word for word in its training part: a good score may be memory`;
  if (baselines.gzip < TRIVIAL_GZIP)
    return `gzip alone needs only ${baselines.gzip.toFixed(2)} bits per byte for it: a text that repeats itself so much teaches little`;
  return null;
}
