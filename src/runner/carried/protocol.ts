// Messages between the lab and the worker that compares sources with the held-out text. Both are trusted.
import type { Carried } from "./carried.ts";
import type { Texts } from "./held-out.ts";

export type ReaderCommand =
  | ({ readonly type: "texts" } & Texts)
  | { readonly type: "compare"; readonly id: number; readonly source: string };

export type ReaderMessage =
  | { readonly type: "compared"; readonly id: number; readonly carried: Carried | null }
  | { readonly type: "failed"; readonly reason: string };
