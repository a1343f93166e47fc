// What a model researcher tells while it works: the page streams it, the notebook keeps the transcript. No key is in
// any of it.
import type { Booking, Totals } from "../keys/money.ts";

/** One thing that was sent or came back, in the order it happened; the page shows it as it is. */
export interface TranscriptEntry {
  readonly role: "system" | "user" | "model" | "tool";
  readonly text: string;
}

/** Whether the model can be asked now. */
export type Availability =
  | { readonly state: "ready" }
  /** A passing failure: not before `until` (ms since the epoch). */
  | { readonly state: "resting"; readonly until: number; readonly words: string }
  /** Somebody has to change something: a key, the model's name, the budget. */
  | { readonly state: "paused"; readonly words: string };

export type ModelEvent =
  /** A prompt goes out; exactly this text. */
  | {
      readonly type: "prompt";
      readonly experiment: number;
      readonly system: string;
      readonly text: string;
      readonly tokens: number;
      readonly dropped: readonly string[];
    }
  /** The answer as it is written; `tool` is the input of a tool call. */
  | {
      readonly type: "text";
      readonly experiment: number;
      readonly kind: "text" | "thought" | "tool";
      readonly text: string;
    }
  | {
      readonly type: "tool";
      readonly experiment: number;
      readonly name: string;
      readonly input: string;
      readonly output: string;
    }
  /** A call was booked. */
  | { readonly type: "call"; readonly experiment: number; readonly booking: Booking; readonly totals: Totals }
  /** A failure that is followed by a wait and another try. */
  | { readonly type: "wait"; readonly experiment: number; readonly words: string; readonly ms: number }
  /** The proposal went back to the model with this. */
  | { readonly type: "sent-back"; readonly experiment: number; readonly words: string; readonly left: number }
  /** The conversation is over, with a proposal or without. */
  | {
      readonly type: "transcript";
      readonly experiment: number;
      readonly researcher: string;
      readonly entries: readonly TranscriptEntry[];
    }
  | { readonly type: "availability"; readonly researcher: string; readonly availability: Availability }
  | { readonly type: "notice"; readonly level: "info" | "warning" | "error"; readonly words: string };
