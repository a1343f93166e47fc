// The page's end of a conversation with scored models. The page starts the worker itself: it needs nothing of the lab but the
// files of the models, and works in a tab that only reads along.
import { LabError } from "../../error.ts";
import { Questions } from "../../questions.ts";
import { keptModel, keptModels } from "../models/model-store.ts";
import {
  type Ending,
  type FromTalk,
  type ModelFacts,
  openTalkWorker,
  type Side,
  type TalkRequest,
  type ToTalk,
  type Written,
} from "../../runner/index.ts";

export type { Ending, ModelFacts, Side, TalkRequest, Written };
export { keptModels };

export interface TalkListener {
  token(side: Side, written: Written): void;
  ended(side: Side, why: Ending): void;
}

type Question = { [K in "load" | "write"]: Omit<Extract<ToTalk, { type: K }>, "id"> }["load" | "write"];
type Answer = Extract<FromTalk, { type: "loaded" | "done" }>;

export class Talk {
  readonly #open: () => Worker;
  #worker: Worker | null = null;
  readonly #questions = new Questions<Answer>();
  #listener: TalkListener | null = null;

  constructor(open: () => Worker = openTalkWorker) {
    this.#open = open;
  }

  /** Chooses the model of a side; `number` null: none. Throws LabError "value" for one that is not here any more. */
  async choose(side: Side, study: string, number: number | null): Promise<ModelFacts | null> {
    const file = number === null ? null : await keptModel({ study, number });
    if (number !== null && file === null)
      throw new LabError("value", `the weights of #${number} are not in this browser any more`);
    if (number === null && this.#worker === null) return null;
    const answer = await this.#ask({ type: "load", side, file }, file === null ? [] : [file]);
    return answer.type === "loaded" ? answer.facts : null;
  }

  /** Lets the chosen models write; resolves when all have ended. One text at a time. */
  async write(request: TalkRequest, listener: TalkListener): Promise<void> {
    this.#listener = listener;
    await this.#ask({ type: "write", request });
  }

  /** Ends the writing after the current token. */
  stop(): void {
    this.#worker?.postMessage({ type: "stop" } satisfies ToTalk);
  }

  /** Ends the worker and frees the models' memory; a text under way rejects with LabError "cancelled". */
  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#questions.refuseAll(new LabError("cancelled", "the conversation was closed"));
  }

  #ask(question: Question, transfer: Transferable[] = []): Promise<Answer> {
    const worker = (this.#worker ??= this.#start());
    return this.#questions.ask((id) => {
      worker.postMessage({ ...question, id } satisfies ToTalk, transfer);
    });
  }

  #start(): Worker {
    const worker = this.#open();
    worker.onmessage = ({ data }: MessageEvent<FromTalk>) => {
      this.#hear(data);
    };
    worker.onerror = (event) => {
      this.#worker = null;
      const what = `the worker of the conversation failed: ${event.message}`;
      this.#questions.refuseAll(new LabError("internal", what));
    };
    return worker;
  }

  #hear(message: FromTalk): void {
    if (message.type === "token") this.#listener?.token(message.side, message.written);
    else if (message.type === "ended") this.#listener?.ended(message.side, message.why);
    else if (message.type === "refused")
      this.#questions.refuse(message.id, new LabError(message.code, message.message));
    else this.#questions.answer(message.id, message);
  }
}
