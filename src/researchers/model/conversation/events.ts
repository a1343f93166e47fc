// The events of a model researcher at work: the page streams them, the notebook keeps the transcript. They never hold a
// key.
import type { Booking, Totals } from "../keys/money.ts";

/** One message sent or received, in order; the page shows it unchanged. */
export interface TranscriptEntry {
  readonly role: "system" | "user" | "model" | "tool";
  readonly text: string;
}

/** Whether the model can be called now. */
export type Availability =
  | { readonly state: "ready" }
  /** A temporary failure: no call before `until` (ms since the epoch). */
  | { readonly state: "resting"; readonly until: number; readonly words: string }
  /** A person has to change something: a key, the model's name, the budget. */
  | { readonly state: "paused"; readonly words: string };

export type ModelEvent =
  /** A prompt is sent; this is its exact text. */
  | {
      readonly type: "prompt";
      readonly experiment: number;
      readonly system: string;
      readonly text: string;
      readonly tokens: number;
      readonly dropped: readonly string[];
    }
  /** A piece of the answer as it arrives; `tool` is the input of a tool call. */
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
  /** A failure, followed by a wait and a retry. */
  | { readonly type: "wait"; readonly experiment: number; readonly words: string; readonly ms: number }
  /** The proposal went back to the model with this reason. */
  | { readonly type: "sent-back"; readonly experiment: number; readonly words: string; readonly left: number }
  /** The conversation has ended, with or without a proposal. */
  | {
      readonly type: "transcript";
      readonly experiment: number;
      readonly researcher: string;
      readonly entries: readonly TranscriptEntry[];
    }
  | { readonly type: "availability"; readonly researcher: string; readonly availability: Availability }
  | { readonly type: "notice"; readonly level: "info" | "warning" | "error"; readonly words: string };
