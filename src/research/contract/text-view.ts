// The open text of the lab, and texts from the network, as the page shows them.
import type { Baselines, TextOrigin } from "../../prepare/index.ts";

export interface CorpusView {
  readonly name: string;
  readonly hash: string;
  readonly vocabSize: number;
  readonly bytes: { readonly train: number; readonly validation: number; readonly test: number };
  readonly baselines: Baselines;
  readonly packages: readonly { name: string; version: string; license: string; bytes: number }[];
  /** A text that language models know by heart, and the share of it that was found in this one; null: none. */
  readonly known: { readonly name: string; readonly share: number } | null;
  /** Names of the files that were joined, in order; empty: a single file. */
  readonly files: readonly string[];
  /** Lines of JSON without a text, which were left out. */
  readonly skipped: number;
  /** Tokens drawn with equal chances, as text: what a model writes before it has learned anything. */
  readonly untrained: string;
  /** Number of texts in folders and archives; 0: each file is one. */
  readonly texts: number;
  /** Files of folders and archives that are no texts. */
  readonly leftOut: readonly string[];
  /** Addresses and licences of downloaded files. */
  readonly origins: readonly TextOrigin[];
  /** Why a score on this text says little, in one line; null: no reason was found. */
  readonly trivial: string | null;
}

/** A text from the network in the browser, whole or begun. */
export interface DownloadView {
  readonly url: string;
  readonly name: string;
  readonly bytes: number; // that have arrived
  readonly total: number | null; // null: its host does not say
  readonly done: boolean;
  readonly licence: string | null;
}
