// The conversation: up to two models on one device that write in turn, token by token, so that neither waits for the other.
import { LabError, messageOf } from "../../error.ts";
import type { Session } from "../../nn/index.ts";
import { readModel } from "./model-file.ts";
import type { FromTalk, ToTalk } from "./talk-protocol.ts";
import { type Request, Writer } from "./writer.ts";

/** A device with a session for each side; see talk-worker.ts. */
export interface TalkDevice {
  readonly sides: readonly [Session, Session];
  /** Rejects when the device is lost. */
  readonly lost: Promise<never>;
}

export class Talker {
  readonly #open: () => Promise<TalkDevice>;
  readonly #say: (message: FromTalk) => void;
  #device: Promise<TalkDevice> | null = null;
  readonly #writers: [Writer | null, Writer | null] = [null, null];
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(open: () => Promise<TalkDevice>, say: (message: FromTalk) => void) {
    this.#open = open;
    this.#say = say;
  }

  /** Answers one message after the other; "stop" at once. */
  hear(message: ToTalk): void {
    if (message.type === "stop") {
      this.#stopped = true;
      return;
    }
    this.#turn = this.#turn.then(() => this.#answer(message));
  }

  async #answer(message: Exclude<ToTalk, { type: "stop" }>): Promise<void> {
    const { id } = message;
    try {
      const device = await (this.#device ??= this.#open());
      const work = message.type === "load" ? this.#load(device, message) : this.#write(id, message.request);
      this.#say(await Promise.race([work, device.lost]));
    } catch (error) {
      const code = error instanceof LabError ? error.code : "internal";
      // The next message opens another device.
      if (code === "device") [this.#device, this.#writers[0], this.#writers[1]] = [null, null, null];
      this.#say({ type: "refused", id, code, message: messageOf(error) });
    }
  }

  async #load(
    { sides }: TalkDevice,
    { id, side, file }: Extract<ToTalk, { type: "load" }>,
  ): Promise<FromTalk> {
    this.#writers[side] = null;
    sides[side].reset();
    if (file === null) return { type: "loaded", id, facts: null };
    const model = readModel(new Uint8Array(file));
    this.#writers[side] = new Writer(sides[side], model);
    return Promise.resolve({ type: "loaded", id, facts: model.facts });
  }

  async #write(id: number, request: Request): Promise<FromTalk> {
    this.#stopped = false;
    const writing = ([0, 1] as const).flatMap((side) => {
      const tokens = this.#writers[side]?.write(request);
      return tokens === undefined ? [] : [{ side, tokens }];
    });
    if (writing.length === 0) throw new LabError("value", "no model was chosen");
    for (let left = writing; left.length > 0;) {
      const goOn: typeof writing = [];
      for (const one of left) {
        const next = this.#stopped ? null : await one.tokens.next();
        if (next === null) await one.tokens.return("count");
        if (next === null || next.done === true) {
          this.#say({ type: "ended", id, side: one.side, why: next === null ? "reader" : next.value });
        } else {
          this.#say({ type: "token", id, side: one.side, written: next.value });
          goOn.push(one);
        }
      }
      left = goOn;
      // Lets a "stop" in, also where the device answers at once.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return { type: "done", id };
  }
}
