// The fixed half of the lab, which no researcher may touch: the corpus and its tokenizer, the windows a score is
// taken over, the batches train.ts is fed, the loop's clock, the probes, the score and the sample. It computes
// through nn and knows nothing of workers, pages or verdicts. Other folders import only this file; train.ts sees
// api.ts under the name "prepare". The corpus that comes with the lab is built by scripts/corpus.ts and loaded by
// `loadEmbedded`; a text of the user's own becomes one through `importText`. Both belong in a worker.
export type { Arena, Tier } from "./arena.ts";
export { measureBaselines } from "./baselines.ts";
export type { Baselines } from "./baselines.ts";
export { DEFAULT_VOCABULARY, MAX_VOCABULARY, MIN_VOCABULARY } from "./bpe.ts";
export type { Corpus } from "./corpus.ts";
export { loadEmbedded } from "./embedded.ts";
export type { LoadOptions } from "./embedded.ts";
export { fold } from "./fold.ts";
export type { Folded } from "./fold.ts";
export { controlTokensOf, heldOutSplits } from "./held-out.ts";
export type { HeldOutSplits } from "./held-out.ts";
export { importText } from "./import.ts";
export type { ImportOptions } from "./import.ts";
export type { Recognised } from "./known-texts.ts";
export { SEPARATOR, parseManifest } from "./manifest.ts";
export type { CorpusManifest, PackageSource, Shard, Split } from "./manifest.ts";
export type { CorpusProgress, CorpusStage, ProgressOptions } from "./progress.ts";
export { seededRandom } from "./random.ts";
export type { Random } from "./random.ts";
export { eachStretch } from "./rolling-hash.ts";
export { MAX_IMPORT_BYTES, MIN_IMPORT_BYTES } from "./survey.ts";
export { createTokenizer, trainTokenizer } from "./tokenizer.ts";
export type { Tokenizer } from "./tokenizer.ts";
export { bitsPerByte, chunkBitsPerByte, chunkBytes, makeWindows } from "./windows.ts";
export type { Windows } from "./windows.ts";
export { drawRows, noise } from "./batches.ts";
export { measureAdapter } from "./measure.ts";
export type { Measurable } from "./measure.ts";
export { Pace } from "./pace.ts";
export { probeForward } from "./probes.ts";
export type { Probe, Witness } from "./probes.ts";
export { sampleTokens } from "./sample.ts";
export { scoreWindows } from "./score.ts";
export type { Computer, ForwardPass } from "./examiner.ts";
export { BudgetSpent, trainApi } from "./training.ts";
export type { Model, Step } from "./api.ts";
export type { LoopEngine, LoopHost, LoopState } from "./training.ts";
