// Writes down what the models do: calls and what they cost, the prompt and the answer of each experiment, and what is
// being written now. Bookings are stored at once: one that was lost would refill the purse.
import { Ledger, type ModelEvent } from "../../researchers/index.ts";
import { type ResearcherContext, transcriptName } from "./store.ts";
import type { ModelsEvent, TranscriptView, WritingView } from "../contract/researcher-view.ts";

export interface CallLogParts {
  writing(view: WritingView | null): void;
  event(event: ModelsEvent): void;
  notice(level: "info" | "warning" | "error", text: string): void;
  now(): number;
}

/** How much of a model's answer the page shows while it is written. */
const SHOWN = 6_000;

export class CallLog {
  readonly #office: ResearcherContext;
  readonly #parts: CallLogParts;
  #ledger = new Ledger();
  /** How many of the ledger's bookings are stored. */
  #booked = 0;
  #writing: WritingView | null = null;
  #prompt = { tokens: 0, dropped: [] as readonly string[] };
  /** Notes that the prompt under way carries. */
  #carried: readonly string[] = [];

  constructor(office: ResearcherContext, parts: CallLogParts) {
    this.#office = office;
    this.#parts = parts;
  }

  /** What this ledger has by now is stored; what comes will be. */
  keepBooksOf(ledger: Ledger): void {
    this.#ledger = ledger;
    this.#booked = ledger.bookings.length;
  }

  /** The notes that the next prompt carries: with its transcript they are done. */
  carries(notes: readonly string[]): void {
    this.#carried = notes;
  }

  /** An event of the model named `researcher`. */
  hear(event: ModelEvent, researcher: string): void {
    const parts = this.#parts;
    switch (event.type) {
      case "prompt":
        this.#prompt = { tokens: event.tokens, dropped: event.dropped };
        this.#write({ experiment: event.experiment, researcher, text: "" });
        parts.event({
          type: "model-prompt",
          number: event.experiment,
          researcher,
          tokens: event.tokens,
          dropped: event.dropped,
        });
        break;
      case "text":
        if (this.#writing)
          this.#write({ ...this.#writing, text: (this.#writing.text + event.text).slice(-SHOWN) });
        break;
      case "tool":
        if (this.#writing)
          this.#write({ ...this.#writing, text: `${this.#writing.text}\n[${event.name}]\n`.slice(-SHOWN) });
        break;
      case "call":
        void this.book();
        parts.event(callEvent(event));
        break;
      case "wait":
        parts.event({ type: "model-wait", number: event.experiment, reason: event.words, ms: event.ms });
        break;
      case "sent-back":
        parts.event({ type: "model-sent-back", number: event.experiment, reason: event.words });
        break;
      case "transcript":
        this.#write(null);
        void this.#keepTranscript(event).catch((error: unknown) => this.#complain(error));
        break;
      case "availability":
        parts.event({ type: "model-state", researcher: event.researcher, availability: event.availability });
        this.#office.changed();
        break;
      case "notice":
        parts.notice(event.level, event.words);
    }
  }

  #write(view: WritingView | null): void {
    this.#writing = view;
    this.#parts.writing(view);
  }

  async #keepTranscript(event: Extract<ModelEvent, { type: "transcript" }>): Promise<void> {
    if (event.entries.length === 0) return;
    const { experiment: number, researcher, entries } = event;
    const view: TranscriptView = { number, researcher, at: this.#parts.now(), ...this.#prompt, entries };
    const carried = this.#carried;
    await this.#office.keeper().writeBeside(transcriptName(this.#office.tag(), number), view);
    if (carried.length === 0) return;
    await this.#office
      .keeper()
      .update(({ notes }) => ({ notes: notes.filter((note) => !carried.includes(note)) }));
    this.#office.changed();
  }

  /** What the ledger has and the store does not. A failure is told: an unstored booking would refill the purse. */
  async book(): Promise<void> {
    const fresh = this.#ledger.bookings.slice(this.#booked);
    if (fresh.length === 0) return;
    this.#booked += fresh.length;
    const tag = this.#office.tag();
    try {
      await this.#office.keeper().update(({ bookings }) => ({
        bookings: [...bookings, ...fresh.map((booking) => ({ ...booking, tag }))],
      }));
    } catch (error) {
      this.#complain(error);
    }
    this.#office.changed();
  }

  #complain(error: unknown): void {
    this.#parts.notice("error", error instanceof Error ? error.message : String(error));
  }
}

function callEvent({ experiment, booking, totals }: Extract<ModelEvent, { type: "call" }>): ModelsEvent {
  const { researcher, inputTokens, outputTokens, dollars, certainty } = booking;
  return {
    type: "model-call",
    number: experiment,
    researcher,
    inputTokens,
    outputTokens,
    dollars,
    certainty,
    nightDollars: totals.dollars,
  };
}
