// The fixed half of the lab, which no researcher may touch: the corpus and its tokenizer, the windows a score is
// taken over, the batches train.ts is fed, the loop's clock, the probes, the score and the sample. It computes
// through nn and knows nothing of workers, pages or verdicts. Other folders import only this file; train.ts sees
// api.ts under the name "prepare".
export type { Arena, Tier } from "./arena.ts";
export type { Tokenizer } from "./tokenizer.ts";
