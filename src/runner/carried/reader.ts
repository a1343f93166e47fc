// Answers the reader's commands: it holds the index of the held-out text, parses each train.ts and runs no line of it.
import { compare } from "./carried.ts";
import { type HeldOut, indexOf } from "./held-out.ts";
import type { ReaderCommand, ReaderMessage } from "./protocol.ts";

export class Reader {
  #heldOut: HeldOut | null = null;

  /** Null for a command without an answer; every error becomes an answer. */
  answer(command: ReaderCommand): ReaderMessage | null {
    try {
      if (command.type === "compare") return this.#compared(command);
      this.#heldOut = indexOf(command);
      return null;
    } catch (error) {
      return { type: "failed", reason: String(error) };
    }
  }

  #compared({ id, source }: Extract<ReaderCommand, { type: "compare" }>): ReaderMessage {
    if (this.#heldOut === null) return { type: "failed", reason: "it has no text yet" };
    return { type: "compared", id, carried: compare(source, this.#heldOut).carried };
  }
}
