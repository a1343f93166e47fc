// The lab's end of the reader: sends it the text of a study once, then asks about one train.ts after the other. The
// index of 30 MB takes a second or two; the reader makes it during the rehearsal of the study's first run.
import { LabError } from "../../error.ts";
import { Questions } from "../../questions.ts";
import { heldOutSplits } from "../../prepare/index.ts";
import { oneLine, trainError } from "../contract/reason.ts";
import type { RunRequest } from "../contract/types.ts";
import type { Carried } from "./carried.ts";
import type { ReaderCommand, ReaderMessage } from "./protocol.ts";

export class ReaderClient {
  readonly #open: () => Worker;
  #worker: Worker | null = null;
  readonly #questions = new Questions<Carried | null>();
  /** Identity of the text that the reader has indexed. */
  #text = "";

  constructor(open: () => Worker) {
    this.#open = open;
  }

  /**
   * Resolves if the source carries no held-out text. Throws LabError "invalid" that names train.ts:LINE if it does,
   * "internal" if the reader failed; the next question opens another reader.
   */
  async refuse(request: Pick<RunRequest, "source" | "corpus" | "arena">): Promise<void> {
    const reader = this.#readerOf(request);
    const carried = await this.#questions.ask((id) => {
      reader.postMessage({ type: "compare", id, source: request.source } satisfies ReaderCommand);
    });
    if (carried !== null) throw trainError("invalid", reasonOf(carried), carried.line);
  }

  /** Begins the index of the request's text, unless it is there. */
  index(request: Pick<RunRequest, "corpus" | "arena">): void {
    this.#readerOf(request);
  }

  close(): void {
    this.#fail("it was closed");
  }

  /** A worker with the index of the request's text. */
  #readerOf({ corpus, arena }: Pick<RunRequest, "corpus" | "arena">): Worker {
    const text = [corpus.manifest.hash, arena.vocabSize, arena.controlTokens].join();
    if (this.#worker !== null && this.#text === text) return this.#worker;
    this.#fail("another text took its place");
    this.#text = text;
    const worker = (this.#worker = this.#open());
    worker.onmessage = ({ data }: MessageEvent<ReaderMessage>) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = ({ message }) => {
      if (worker === this.#worker) this.#fail(message);
    };
    const { merges, vocabSize } = corpus.tokenizer;
    const { validation, test, control } = heldOutSplits(corpus, arena);
    const heldOut = control === null ? [validation, test] : [validation, test, control];
    const command: ReaderCommand = { type: "texts", train: corpus.train, heldOut, merges, vocabSize };
    worker.postMessage(command);
    return worker;
  }

  #hear(message: ReaderMessage): void {
    if (message.type === "failed") this.#fail(message.reason);
    else this.#questions.answer(message.id, message.carried);
  }

  /** Ends the worker; open questions reject. */
  #fail(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    const what = `train.ts was not compared with the held-out text: ${oneLine(reason)}`;
    this.#questions.refuseAll(new LabError("internal", what));
  }
}

/** The reason of a refusal; it never quotes the text. */
export function reasonOf({ split, bytes, scraps }: Carried): string {
  const count = bytes.toLocaleString("en");
  const found = scraps
    ? `${count} letters of held-out text in short pieces`
    : `${count} bytes of the ${split} text`;
  return `carries ${found} that the training text does not have: a train.ts may not contain text that it is scored on`;
}
