// The log of the models' calls: their cost, the prompt and answer of each experiment, and the answer being written now.
// A booking is stored at once: a lost one would raise the spending limit.
import { Ledger, type ModelEvent } from "../../researchers/index.ts";
import { type ResearcherContext, transcriptName } from "./store.ts";
import type { ModelsEvent, TranscriptView, WritingView } from "../contract/researcher-view.ts";

export interface CallLogParts {
  writing(view: WritingView | null): void;
  event(event: ModelsEvent): void;
  notice(level: "info" | "warning" | "error", text: string): void;
  now(): number;
}

/** The page shows this many characters of an answer while a model writes it. */
const SHOWN = 6_000;

export class CallLog {
  readonly #context: ResearcherContext;
  readonly #parts: CallLogParts;
  #ledger = new Ledger();
  /** How many of the ledger's bookings are stored. */
  #booked = 0;
  #writing: WritingView | null = null;
  #prompt = { tokens: 0, dropped: [] as readonly string[] };
  /** Notes that the prompt under way carries. */
  #carried: readonly string[] = [];

  constructor(context: ResearcherContext, parts: CallLogParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** The ledger whose new bookings are stored from now on; its present ones are stored already. */
  setLedger(ledger: Ledger): void {
    this.#ledger = ledger;
    this.#booked = ledger.bookings.length;
  }

  /** The notes that the next prompt carries; they are deleted when its transcript is stored. */
  setNotes(notes: readonly string[]): void {
    this.#carried = notes;
  }

  /** Records an event of the model named `researcher`. */
  record(event: ModelEvent, researcher: string): void {
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
        void this.#keepTranscript(event).catch(this.#context.failed);
        break;
      case "availability":
        parts.event({ type: "model-state", researcher: event.researcher, availability: event.availability });
        this.#context.changed();
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
    await this.#context.keeper().writeDocument(transcriptName(this.#context.tag(), number), view);
    if (carried.length === 0) return;
    await this.#context
      .keeper()
      .update(({ notes }) => ({ notes: notes.filter((note) => !carried.includes(note)) }));
    this.#context.changed();
  }

  /** Stores the bookings that are not stored yet. Reports a failure as an error notice. */
  async book(): Promise<void> {
    const fresh = this.#ledger.bookings.slice(this.#booked);
    if (fresh.length === 0) return;
    this.#booked += fresh.length;
    const tag = this.#context.tag();
    try {
      await this.#context.keeper().update(({ bookings }) => ({
        bookings: [...bookings, ...fresh.map((booking) => ({ ...booking, tag }))],
      }));
    } catch (error) {
      this.#context.failed(error);
    }
    this.#context.changed();
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
