// The page's view of the researchers, and its commands about them. Types only. No view holds a key: a key travels in
// the command `key`, towards the lab, and never back.
import type {
  Ability,
  Availability,
  Booking,
  Calibrated,
  Capability,
  Connection,
  PriceRow,
  ProviderId,
  Rehearsed,
  SealedKeys,
  Tally,
  Totals,
  TranscriptEntry,
} from "../../researchers/index.ts";
import type { ResearcherSettings } from "./researcher-settings.ts";

export interface ProviderView {
  readonly id: ProviderId;
  readonly name: string;
  readonly address: string | null;
  readonly needsKey: boolean;
  readonly keyPage: string | null;
}

export interface MoneyView {
  readonly night: Totals;
  readonly cap: number;
  /** Totals by experiment of the open study, in order. */
  readonly experiments: readonly { readonly number: number; readonly totals: Totals }[];
  /** The last calls, newest last. */
  readonly calls: readonly Booking[];
  /** Dollars per 0.01 bpb that models gained in the open study; null without a gain or with an unknown price. */
  readonly perHundredth: number | null;
}

/** The calibration of a researcher in the open study. */
export interface Calibration extends Calibrated {
  /** Experiments with a forecast. */
  readonly forecasts: number;
}

/** A proposal that waits for the human's approval. */
export interface WaitingView {
  readonly number: number;
  readonly hypothesis: string;
  readonly researcher: string;
  readonly expected: string | null;
  readonly source: string;
}

export interface ModelsView {
  readonly settings: ResearcherSettings;
  readonly providers: readonly ProviderView[];
  /** The model's name in the notebook; null when none is chosen. */
  readonly model: string | null;
  readonly availability: Availability | null;
  /** Whether there is a key for the chosen model. */
  readonly hasKey: boolean;
  /** Origins the chosen model is reached at. */
  readonly sources: readonly string[];
  readonly money: MoneyView;
  /** The gain of each researcher in the open study. */
  readonly earned: readonly Tally[];
  /** Of the researchers that gave forecasts. */
  readonly calibration: readonly Calibration[];
  readonly prices: readonly PriceRow[];
  /** Capabilities of the chosen model on its server; empty when none is chosen. */
  readonly capabilities: readonly Capability[];
  /** The price of the chosen model, in words; "" when none is chosen. */
  readonly price: string;
  /** The human's notes for the next prompt. */
  readonly notes: readonly string[];
  /** learnings.md of the open study. */
  readonly learnings: string;
  readonly waiting: WaitingView | null;
}

/** The answer that a model is writing now. */
export interface WritingView {
  readonly experiment: number;
  readonly researcher: string;
  readonly text: string;
}

/** The exact messages sent to a model for an experiment, and its answers. */
export interface TranscriptView {
  readonly number: number;
  readonly researcher: string;
  readonly at: number;
  readonly tokens: number;
  /** Parts of the prompt that were left out for length. */
  readonly dropped: readonly string[];
  readonly entries: readonly TranscriptEntry[];
}

export type ModelsCommand =
  | { readonly type: "set"; readonly change: Partial<ResearcherSettings> }
  /** A key for the chosen model; empty: forget it. */
  | { readonly type: "key"; readonly key: string }
  | { readonly type: "seal"; readonly passphrase: string } // answers SealedKeys
  | { readonly type: "unlock"; readonly sealed: SealedKeys; readonly passphrase: string }
  | { readonly type: "forget-keys" }
  | { readonly type: "test"; readonly page: string } // answers Connection
  | { readonly type: "resume" }
  | { readonly type: "prices"; readonly rows: readonly PriceRow[] }
  /** Sets a capability of the chosen model; null: back to the default, until a value is learned. */
  | { readonly type: "capability"; readonly name: Ability; readonly value: boolean | number | null }
  | { readonly type: "new-night" }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "drop-note"; readonly index: number }
  /** `base`: the text as it was when the human began to edit. */
  | { readonly type: "learnings"; readonly text: string; readonly base: string }
  | { readonly type: "approve"; readonly number: number }
  | { readonly type: "reject"; readonly number: number; readonly reason: string }
  | { readonly type: "transcript"; readonly number: number } // answers TranscriptView | null
  | { readonly type: "manual" } // answers ManualView
  | { readonly type: "rehearse"; readonly source: string }; // answers Rehearsed

/** The documented types of `nn` and `prepare`. */
export interface ManualView {
  readonly manual: string;
}

export type ModelsAnswer = SealedKeys | Connection | TranscriptView | ManualView | Rehearsed | null;

/** Log lines. */
export type ModelsEvent =
  | {
      readonly type: "proposal";
      readonly number: number;
      readonly researcher: string;
      readonly category: string;
      readonly hypothesis: string;
    }
  | {
      readonly type: "model-prompt";
      readonly number: number;
      readonly researcher: string;
      readonly tokens: number;
      readonly dropped: readonly string[];
    }
  | {
      readonly type: "model-call";
      readonly number: number;
      readonly researcher: string;
      readonly inputTokens: number;
      readonly outputTokens: number;
      /** null: the price is unknown. */
      readonly dollars: number | null;
      readonly certainty: Booking["certainty"];
      readonly nightDollars: number;
    }
  | { readonly type: "model-wait"; readonly number: number; readonly reason: string; readonly ms: number }
  | { readonly type: "model-sent-back"; readonly number: number; readonly reason: string }
  | { readonly type: "model-state"; readonly researcher: string; readonly availability: Availability };

export type {
  Availability,
  Booking,
  Capability,
  Connection,
  PriceRow,
  ResearcherSettings,
  SealedKeys,
  Tally,
  Totals,
};
