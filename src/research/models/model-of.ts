// A scored model as a file, with the facts of its study.
import type { Corpus } from "../../prepare/index.ts";
import { type RunEvent, writeModel } from "../../runner/index.ts";
import type { StudyFile } from "../study/study.ts";
import { dropModels, keepModel, type Rated } from "./model-store.ts";

/** A model that was scored, see RunEvent. */
export interface ScoredModel extends Omit<Extract<RunEvent, { type: "model" }>, "type"> {
  readonly number: number;
  readonly seed: number;
}

export function modelFileOf(
  { graph, weights, valBpb, steps, number, seed }: ScoredModel,
  { study, seqLen, vocabSize, corpusName, corpusHash }: StudyFile,
  { tokenizer: { merges } }: Pick<Corpus, "tokenizer">,
): Uint8Array<ArrayBuffer> {
  const facts = { study, number, corpusName, corpusHash, valBpb, seed, steps };
  return writeModel({ facts, seqLen, vocabSize, merges, graph }, weights);
}

/** Where the lab keeps models. */
export interface Models {
  /** Stores a model and drops others where they are too many; `records` are the study's experiments so far. */
  keep(
    file: Uint8Array<ArrayBuffer>,
    of: { readonly study: string; readonly number: number },
    records: readonly Rated[],
  ): Promise<void>;
}

export const browserModels: Models = {
  async keep(file, of, records) {
    await keepModel(of, file);
    await dropModels(of.study, [...records, { number: of.number, status: "running" }]);
  },
};
