// What the page knows of a study's arena: its manifest in the words of the page. The GPT's is one of them, so that no part
// of the page asks which arena it shows.

/** A metric besides the score. */
interface MetricView {
  readonly name: string;
  readonly unit: string;
}

export interface ArenaView {
  readonly id: string;
  /** `Online bin packing`. */
  readonly title: string;
  /** Of a score; lower is better in every record. */
  readonly unit: string;
  /** Its name in tables: `val_bpb`. */
  readonly score: string;
  /** The file that a researcher changes. */
  readonly file: string;
  /** What a score is measured on: `validation text`, `validation instances`. */
  readonly validation: string;
  /** What no researcher and no verdict sees. */
  readonly test: string;
  /** It trains a model: there are a text, a loss, a sample, and a device that computes. */
  readonly trains: boolean;
  /** Metrics that must not get worse, then those that are only shown. */
  readonly metrics: readonly MetricView[];
}

export const GPT_ARENA: ArenaView = {
  id: "gpt",
  title: "A small GPT",
  unit: "bits per byte",
  score: "val_bpb",
  file: "train.ts",
  validation: "validation text",
  test: "held-out test text",
  trains: true,
  metrics: [],
};

/** An arena of the lab that a new study may choose. */
export interface ArenaOption {
  readonly arena: ArenaView;
  /** It is built from a file of the user. Absent: it needs none. */
  readonly file?: { readonly types: string; readonly options: readonly string[] };
}

/** The arena of a new study. */
export type ArenaChoice =
  | NewArena
  /** That of a study in the list, with the same instances. */
  | { readonly study: string };

export type NewArena = (
  | { readonly id: string }
  /** Built from a file of the user, such as a table. */
  | {
      readonly id: string;
      readonly file: ArenaFile;
      readonly options: Readonly<Record<string, string>>;
    }
  /** The files of an arena of the user's own, by name. */
  | { readonly texts: Readonly<Record<string, string>> }
) & {
  /** Seed of the instances; absent: drawn. */
  readonly instances?: number;
};

/** A file that an arena is built from. */
export interface ArenaFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The readiness check of an arena, in plain words. */
export interface ArenaCheck {
  readonly arena: ArenaView;
  readonly ready: boolean;
  /** One line each; `ok` false: it rules out a night, and the line says what would mend it. */
  readonly findings: readonly { readonly ok: boolean; readonly line: string }[];
  readonly experimentsPerHour: number;
  /** No person takes part in an evaluation. */
  readonly automatic: boolean;
}

/** The arena of a study on the page. */
export const arenaOfStudy = (study: { readonly arena?: ArenaView }): ArenaView => study.arena ?? GPT_ARENA;
