// The catalogue: all structural edits of the built-in researcher.
import { activationEdits } from "./activation.ts";
import { attentionEdits } from "./attention.ts";
import type { Edit } from "./edit.ts";
import { streamEdits } from "./stream.ts";
import { trainingEdits } from "./training.ts";

export const catalogue: readonly Edit[] = [
  ...activationEdits,
  ...attentionEdits,
  ...streamEdits,
  ...trainingEdits,
];
