// The lab's open text: the embedded one, or one of the user's own. A study keeps the text it began with, so a
// text of the user's own is kept in the browser from the moment a study begins on it.
import { LabError } from "../../error.ts";
import type { Corpus, CorpusProgress, CorpusStage, TextFile } from "../../prepare/index.ts";
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
  embedded(options: CorpusOptions): Promise<Corpus>;
  fromText(files: readonly TextFile[], options: CorpusOptions): Promise<Corpus>;
  /** The file at an address of the network. */
  readonly downloads: Downloads;
  /** Keeps a text for a study that must survive a reload. */
  keep(hash: string, files: readonly TextFile[]): Promise<void>;
  kept(hash: string): Promise<readonly TextFile[] | null>;
}

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

  async useEmbedded(vocabSize: number): Promise<Corpus> {
    const corpus = await this.#work(false, (options) => this.#sources.embedded({ ...options, vocabSize }));
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
    return this.#files ? this.useText(this.#files, vocabSize) : this.useEmbedded(vocabSize);
  }

  /** The text of a study. Throws LabError `corpus` when it is not available any more. */
  async forStudy({ study, corpusHash, corpusName, vocabSize }: StudyFile): Promise<Corpus> {
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
    const embedded = await this.useEmbedded(vocabSize);
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

export function corpusView({ manifest }: Corpus): CorpusView {
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
