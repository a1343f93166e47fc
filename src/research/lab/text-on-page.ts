// The text the lab works on: the text of the study on the page, the embedded one, or one that the human brings.
import { LabError, messageOf } from "../../error.ts";
import type { DescribedCorpus, TextFile } from "../../prepare/index.ts";
import { Corpora, corpusView } from "../study/texts.ts";
import { tellNotice } from "./loop-listener.ts";
import type { Session } from "./session.ts";

export class TextOnPage {
  readonly corpora: Corpora;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
    const { corpora, publisher } = session.parts;
    this.corpora = new Corpora(corpora, (corpusProgress) => {
      publisher.set({ corpusProgress });
    });
  }

  /** The study's text, or what is known of the embedded one; a study whose text is gone can still be read. */
  async open(): Promise<void> {
    const { study, parts } = this.#session;
    const { publisher, settings } = parts;
    await this.#showDownloads();
    try {
      const corpus =
        study && study.file.arena === undefined
          ? await this.corpora.forStudy(study.file)
          : await this.corpora.chooseEmbedded(settings.vocabSize);
      publisher.set({ corpus: corpusView(corpus) });
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "corpus" || !study) throw error;
      tellNotice(parts, "warning", error.message);
      const { current } = this.corpora;
      publisher.set({ corpus: current && corpusView(current) });
    }
  }

  async forget(url: string): Promise<void> {
    this.#session.owner();
    await this.#session.parts.corpora.downloads.forget(url);
    await this.#showDownloads();
  }

  /** The lab works without them: a failure is only a warning. */
  async #showDownloads(): Promise<void> {
    const { parts } = this.#session;
    try {
      parts.publisher.set({ downloads: await parts.corpora.downloads.list() });
    } catch (error) {
      tellNotice(parts, "warning", `Downloaded texts cannot be listed: ${messageOf(error)}`);
    }
  }

  /** Opens a text for the next study: files, an address, or (null) the embedded one. */
  async use(text: readonly TextFile[] | string | null): Promise<void> {
    this.#session.idle();
    const { publisher, settings, event } = this.#session.parts;
    const vocabSize = this.corpora.described?.manifest.vocabSize ?? settings.vocabSize;
    let opened: DescribedCorpus;
    try {
      if (text === null) opened = await this.corpora.chooseEmbedded(vocabSize);
      else if (typeof text === "string") opened = await this.corpora.useUrl(text, vocabSize);
      else opened = await this.corpora.useText(text, vocabSize);
    } finally {
      if (typeof text === "string") await this.#showDownloads();
    }
    const corpus = corpusView(opened);
    publisher.set({ corpus });
    // The page shows the number beside the text.
    const line = `${corpus.name}: ${corpus.skipped} lines without a text were left out`;
    if (corpus.skipped > 0) event({ type: "notice", level: "warning", text: line });
    if (corpus.trivial !== null)
      event({ type: "notice", level: "warning", text: `${corpus.name}: ${corpus.trivial}` });
  }
}
