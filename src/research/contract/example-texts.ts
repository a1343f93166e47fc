// Texts of the network that are one click away.

/** A text that is one click away. */
export interface Example {
  readonly title: string;
  readonly url: string;
  readonly licence: string;
  /** Bytes to download. */
  readonly bytes: number;
}

const TINY = "https://huggingface.co/datasets/roneneldan/TinyStories/resolve/main/data";
/** Sizes of September 2026. */
export const EXAMPLES: readonly Example[] = [
  {
    title: "TinyStories, the small part",
    url: `${TINY}/validation-00000-of-00001-869c898b519ad725.parquet`,
    licence: "CDLA-Sharing-1.0",
    bytes: 9_989_127,
  },
  {
    title: "TinyStories, a quarter of the large part",
    url: `${TINY}/train-00000-of-00004-2d5a1467fff1081b.parquet`,
    licence: "CDLA-Sharing-1.0",
    bytes: 248_731_111,
  },
];
